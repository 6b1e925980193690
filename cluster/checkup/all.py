"""Every check, in the order in which a person would repair what fails."""

from pathlib import Path

from cluster.checkup.accounts import check_github, check_key, check_price, check_repository
from cluster.checkup.asked import Asked
from cluster.checkup.certificate import check_authority, check_certificate
from cluster.checkup.clock import check_clock
from cluster.checkup.engine import check_engine
from cluster.checkup.finding import Finding
from cluster.checkup.machine import check_env_file, check_git, check_python, check_sandbox, check_state
from cluster.checkup.ports import check_ports
from cluster.checkup.secret_files import check_secret_files
from cluster.checkup.server import check_port, check_server
from wiring.outside import Outside


async def check_up(desk: Outside, repo: str | None, asked: Asked | None = None) -> tuple[Finding, ...]:
    """What all checks found; raises nothing for what a check is about."""
    from cluster.checkup.ledger import check_ledger  # the database's library loads when it is asked

    settings, asked = desk.settings, asked or Asked()
    github = await check_github(desk)
    found = [
        check_python(),
        check_git(),
        check_sandbox(settings.sandbox),
        check_state(settings.home),
        check_env_file(Path(".env")),
        check_secret_files(settings, asked),
        await check_ledger(settings),
        await check_clock(settings.github_api_url),
        check_engine(asked),
        check_ports(settings, asked),
        check_certificate(asked),
        check_authority(settings.ca_file),
        github,
        await check_repository(desk, repo) if repo and github.verdict != "failed" else None,
        await check_key(settings),
        check_price(desk),
        check_server(settings),
        check_port(settings),
    ]
    return tuple(one for one in found if one)
