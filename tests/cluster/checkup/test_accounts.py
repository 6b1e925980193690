"""What GitHub and Claude say to the keys, asked from the rehearsed ones."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from cluster.checkup.accounts import check_github, check_key, check_price, check_repository
from cluster.checkup.finding import Finding
from demo.rehearsal import Rehearsal
from demo.wire.faults import Fault
from domain.settings import Settings
from wiring.outside import Outside


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """One for the module: these checks change nothing."""
    with Rehearsal(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running


@pytest.fixture
def settings(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that point at it."""
    for name, value in rehearsal.environment().items():
        monkeypatch.setenv(name, value)
    return Settings()


def _with(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=changes)


async def test_all_is_well(rehearsal: Rehearsal, settings: Settings) -> None:
    """Who we are, what we may do, that the key is taken, what the model costs; no message is paid for."""
    desk = Outside(settings)
    assert [
        await check_github(desk),
        await check_repository(desk, "rehearsal/shop"),
        await check_key(settings),
        check_price(desk),
    ] == [
        Finding(check="GitHub", verdict="ok", result="rehearsal-bot"),
        Finding(check="repository rehearsal/shop", verdict="ok", result="default branch main, may push"),
        Finding(check="Claude", verdict="ok", result="takes the key for claude-opus-5-5"),
        Finding(
            check="price",
            verdict="ok",
            result="$20.00 a million tokens of output; caps: $3.00 a run, $50.00 a day",
        ),
    ]
    assert rehearsal.model.requests() == ()


async def test_a_wrong_token(settings: Settings) -> None:
    """The first words are the guide's."""
    assert await check_github(Outside(_with(settings, github_token=SecretStr("wrong")))) == Finding(
        check="GitHub",
        verdict="failed",
        result="GitHub authentication failed: Bad credentials",
        remedy="check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE",
    )


async def test_a_token_that_may_only_read(rehearsal: Rehearsal, settings: Settings) -> None:
    """Work would end in vain, so it fails."""
    rehearsal.forge.add_token("visitor-token", "visitor")
    desk = Outside(_with(settings, github_token=SecretStr("visitor-token")))
    assert await check_repository(desk, "rehearsal/shop") == Finding(
        check="repository rehearsal/shop",
        verdict="failed",
        result="the token may read it but not push",
        remedy="give the token contents, issues and pull requests: write on this repository",
    )


async def test_a_token_with_less_than_its_owner_may(rehearsal: Rehearsal, settings: Settings) -> None:
    """The API speaks of the person; that the token itself may not push shows in a push that is only tried."""
    rehearsal.forge.add_token("narrow-token", rehearsal.login, read_only=frozenset({"contents"}))
    desk = Outside(_with(settings, github_token=SecretStr("narrow-token")))
    found = await check_repository(desk, "rehearsal/shop")
    assert (found.verdict, found.result) == ("failed", "the token may read it but not push")


async def test_a_repository_that_is_not_there(settings: Settings) -> None:
    """Or one that the token may not see: the forge does not say which."""
    assert await check_repository(Outside(settings), "rehearsal/nothing") == Finding(
        check="repository rehearsal/nothing",
        verdict="failed",
        result="repository rehearsal/nothing not found, or the token may not see it",
        remedy="check the name, and that the token may see the repository",
    )


async def test_git_does_not_reach_the_repository(settings: Settings) -> None:
    """The API answers but the address for git is wrong: found before any work, and without the token in the words."""
    desk = Outside(_with(settings, github_server_url="http://127.0.0.1:9"))
    found = await check_repository(desk, "rehearsal/shop")
    assert (found.verdict, "rehearsal-token" in found.result) == ("failed", False)
    assert "git push" in found.result


async def test_a_wrong_key(settings: Settings) -> None:
    """Claude's own words, and where to look."""
    found = await check_key(_with(settings, anthropic_api_key=SecretStr("sk-ant-wrong")))
    assert found.verdict == "failed"
    assert found.result.startswith("Claude authentication failed: invalid x-api-key")
    assert found.remedy == "check ANTHROPIC_API_KEY"


async def test_no_key(settings: Settings) -> None:
    """Said without asking anybody."""
    assert await check_key(_with(settings, anthropic_api_key=None)) == Finding(
        check="Claude",
        verdict="failed",
        result="ANTHROPIC_API_KEY is not set",
        remedy="put it into .env or into the environment",
    )


async def test_a_gateway_without_a_list_of_models(rehearsal: Rehearsal, settings: Settings) -> None:
    """A server that knows messages alone can't be asked for free: a warning."""
    body = {"type": "error", "error": {"type": "not_found_error", "message": "Not found"}}
    rehearsal.model.fail(Fault("GET", "/v1/models/", status=404, body=body))
    found = await check_key(settings)
    assert (found.verdict, found.remedy) == ("warning", "the first call will show")


async def test_a_service_out_of_reach(settings: Settings) -> None:
    """The remedy names the network and the address."""
    found = await check_key(_with(settings, anthropic_base_url="http://127.0.0.1:9"))
    assert (found.verdict, found.remedy) == ("failed", "check the network and ANTHROPIC_BASE_URL")


def test_an_unknown_price(settings: Settings) -> None:
    """Without a price no cap could hold."""
    found = check_price(Outside(_with(settings, model="claude-of-tomorrow")))
    assert (found.verdict, found.result) == (
        "failed",
        "no price is known for the model claude-of-tomorrow, so no cost cap could hold",
    )
