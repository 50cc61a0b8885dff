"""Job records on SQLite and on a real PostgreSQL: joined, cancelled, adopted once, and never in two minds."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from geodata.errors import CityTwinError, InputError
from twin.jobs import Jobs
from twin.jobs.jobs import MOST_ATTEMPTS
from twin.jobs.tables import SchemaVersionRow, bring_up_to_date

ROOT = Path(__file__).parents[2]


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres; Debian keeps them out of the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    return next((path for path in [*folders, *([Path(found).parent] if found else [])] if (path / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server of our own, in a temporary folder."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("NO POSTGRESQL FOUND: install Debian's `postgresql` to run these tests on it too")
    pytest.importorskip("psycopg", reason="NO DRIVER FOR POSTGRESQL: install city-twin[postgres]")
    folder = Path("/tmp") / f"city-twin-postgres-{os.getpid()}"  # a short path: it holds a socket
    folder.mkdir(mode=0o700)
    user: str | None = None
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
        shutil.chown(folder, user)

    def run(*command: str) -> None:
        subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True, env={"PATH": os.environ["PATH"]})

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        run(
            str(programs / "initdb"),
            "-D",
            f"{folder}/data",
            "-U",
            "twin",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        )
        options = f"-h 127.0.0.1 -p {port} -k {folder} -F"
        run(str(programs / "pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://twin@127.0.0.1:{port}/postgres"
        finally:
            run(str(programs / "pg_ctl"), "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'jobs.sqlite'}"
    server: str = request.getfixturevalue("postgres")
    name = f"t{time.time_ns()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.removesuffix("postgres") + name


@pytest.fixture
def jobs(url: str) -> Iterator[Jobs]:
    with Jobs(url) as jobs:
        yield jobs


def at_once(number: int, work: Callable[[int], object]) -> list[object]:
    barrier = threading.Barrier(number)

    def begin(n: int) -> object:
        barrier.wait()
        return work(n)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


# ---- asking ----


def test_from_asked_to_done(jobs: Jobs) -> None:
    job = jobs.submit("simulate", {"city": "/cities/川辺", "steps": [1, 2.5, None]}, "葵")
    assert (job.status, job.owner, job.attempt, job.share, job.payload["steps"]) == ("queued", "葵", 0, None, [1, 2.5, None])
    begun = jobs.start(job.id)
    assert begun is not None
    assert (begun.status, begun.attempt) == ("running", 1)
    assert not jobs.heartbeat(job.id, 3, 24, "step {n}", {"n": 3, "path": Path("/x"), "bad": float("nan")}, attempt=1)
    seen = jobs.get(job.id)
    assert (seen.done, seen.total, seen.share) == (3, 24, 0.125)
    assert seen.message.values == {"n": 3, "path": "/x", "bad": "nan"}
    assert not jobs.heartbeat(job.id), "a sign of life alone leaves progress as it is"
    assert jobs.get(job.id).done == 3
    assert jobs.finish(job.id, {"buildings_flooded": 12}, attempt=1)
    done = jobs.get(job.id)
    assert (done.status, done.result, done.done, done.unfinished) == ("done", {"buildings_flooded": 12}, 24, False)
    assert done.started is not None
    assert done.finished is not None
    assert done.created <= done.started <= done.finished
    assert done.finished.tzinfo is not None
    assert jobs.heartbeat(job.id), "nobody waits for more"
    assert jobs.start(job.id) is None


def test_equal_requests_join_and_others_do_not(jobs: Jobs) -> None:
    one = jobs.submit("simulate", {"a": 1, "b": 2}, "aoi")
    assert jobs.submit("simulate", {"b": 2, "a": 1}, "ren").id == one.id
    assert jobs.submit("simulate", {"a": 1, "b": 3}, "aoi").id != one.id
    assert jobs.submit("preview", {"a": 1, "b": 2}, "aoi").id != one.id
    assert [job.id for job in jobs.list("ren")] == [one.id]
    assert len(jobs.list("aoi")) == len(jobs.list()) == 3
    assert len(jobs.list(limit=2)) == 2
    jobs.start(one.id)
    assert jobs.submit("simulate", {"a": 1, "b": 2}, "mio").id == one.id, "a running one is joined"
    jobs.fail(one.id, "{what} broke; mend it.", {"what": "levee"})
    assert jobs.submit("simulate", {"a": 1, "b": 2}, "aoi").id != one.id, "a failed one is not"
    error = jobs.get(one.id).error
    assert error is not None
    assert error.text == "levee broke; mend it."


def test_a_done_job_is_joined_as_long_as_its_result_is_there(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    job = jobs.submit("simulate", {}, "aoi")
    jobs.start(job.id)
    jobs.finish(job.id, {"path": str(tmp_path / "run"), "people": 3})
    assert jobs.submit("simulate", {}, "ren").id == job.id
    (tmp_path / "run").rmdir()
    again = jobs.submit("simulate", {}, "ren")
    assert again.id != job.id
    assert jobs.get(job.id).status == "stale"
    assert jobs.submit("simulate", {}, "mio").id == again.id


def test_twenty_ask_for_the_same_at_the_same_moment(jobs: Jobs) -> None:
    ids = at_once(20, lambda n: jobs.submit("simulate", {"n": 1}, f"person {n}").id)
    assert len(set(ids)) == 1
    assert len(jobs.list()) == 1
    assert [len(jobs.list(f"person {n}")) for n in range(20)] == [1] * 20


def test_cancel_queued_running_and_shared(jobs: Jobs) -> None:
    queued = jobs.submit("simulate", {"n": 1}, "aoi")
    assert jobs.cancel(queued.id).status == "cancelled"
    assert jobs.start(queued.id) is None
    running = jobs.submit("simulate", {"n": 2}, "aoi")
    jobs.submit("simulate", {"n": 2}, "ren")
    jobs.start(running.id)
    assert not jobs.cancel(running.id, owner="aoi").cancel_requested, "ren still wants it"
    assert not jobs.heartbeat(running.id, attempt=1)
    assert jobs.cancel(running.id, owner="ren").cancel_requested
    assert jobs.heartbeat(running.id, 1, 2, attempt=1), "it is told to stop"
    fresh = jobs.submit("simulate", {"n": 2}, "mio")
    assert fresh.id != running.id, "what is about to stop is not joined"
    assert jobs.stopped(running.id, attempt=1)
    assert jobs.get(running.id).status == "cancelled"
    assert jobs.cancel(running.id).status == "cancelled", "cancelling twice changes nothing"
    with pytest.raises(InputError, match="There is no job nowhere"):
        jobs.cancel("nowhere")
    with pytest.raises(InputError, match="There is no job nowhere"):
        jobs.get("nowhere")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"depth": object()}, "something else than plain values"),
        ({"x": float("nan")}, "plain"),
        ({"x": "a" * 2_000_000}, "more than"),
    ],
)
def test_a_payload_names_files_and_carries_no_arrays(jobs: Jobs, payload: dict[str, object], message: str) -> None:
    with pytest.raises(CityTwinError, match=message):
        jobs.submit("simulate", payload, "aoi")
    assert jobs.list() == ()


def test_old_records_are_forgotten(jobs: Jobs) -> None:
    done, open_ = jobs.submit("simulate", {"n": 1}, "aoi"), jobs.submit("simulate", {"n": 2}, "aoi")
    jobs.cancel(done.id)
    assert jobs.forget(older_than=3600) == 0
    assert jobs.forget(older_than=0) == 1
    assert [job.id for job in jobs.list("aoi")] == [open_.id]


# ---- workers that die ----


def test_a_silent_job_is_adopted_by_one_only(jobs: Jobs, url: str) -> None:
    ids = {jobs.submit("simulate", {"n": n}, "aoi").id for n in range(10)}
    for job_id in list(ids)[:5]:
        jobs.start(job_id)
    assert jobs.adopt_stale(older_than=60) == ()
    jobs.release(ids)

    def adopt(_: int) -> list[str]:
        with Jobs(url) as other:
            return [job.id for job in other.adopt_stale(older_than=3600)]

    adopted = [job_id for share in at_once(4, adopt) for job_id in share]  # type: ignore[attr-defined]
    assert sorted(adopted) == sorted(ids)
    assert {job.status for job in jobs.list()} == {"queued"}


def test_a_sign_of_life_keeps_a_waiting_job(jobs: Jobs) -> None:
    job = jobs.submit("simulate", {}, "aoi")
    time.sleep(0.1)
    jobs.wait([job.id])
    assert jobs.adopt_stale(older_than=0.1) == ()
    jobs.release([job.id])
    assert [adopted.id for adopted in jobs.adopt_stale(older_than=3600)] == [job.id]


def test_the_worker_of_an_earlier_attempt_is_not_listened_to(jobs: Jobs) -> None:
    job = jobs.submit("simulate", {}, "aoi")
    jobs.start(job.id)
    assert jobs.start(job.id).attempt == 2  # type: ignore[union-attr]  # taken over: the first is thought dead
    assert jobs.heartbeat(job.id, 9, 9, attempt=1), "the first lives after all: it is told to stop"
    assert not jobs.finish(job.id, "from the dead", attempt=1)
    assert not jobs.fail(job.id, "from the dead", attempt=1)
    assert (jobs.get(job.id).status, jobs.get(job.id).done) == ("running", 0)
    assert jobs.finish(job.id, "from the living", attempt=2)
    assert jobs.get(job.id).result == "from the living"


def test_a_job_that_kills_its_workers_is_given_up(jobs: Jobs) -> None:
    job = jobs.submit("simulate", {}, "aoi")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert jobs.start(job.id).attempt == attempt  # type: ignore[union-attr]
        jobs.release([job.id])
        adopted = jobs.adopt_stale(older_than=60)
    assert adopted == ()
    error = jobs.get(job.id).error
    assert error is not None
    assert f"begun {MOST_ATTEMPTS} times" in error.text


def test_a_cancelled_job_whose_worker_died_is_cancelled(jobs: Jobs) -> None:
    job = jobs.submit("simulate", {}, "aoi")
    jobs.start(job.id)
    jobs.cancel(job.id)
    jobs.release([job.id])
    assert jobs.adopt_stale(older_than=60) == ()
    assert jobs.get(job.id).status == "cancelled"


# ---- the database ----


def test_many_writers_and_readers_at_once(url: str) -> None:
    def work(n: int) -> str:
        with Jobs(url) as jobs:
            job = jobs.submit("simulate", {"n": n}, "aoi")
            jobs.start(job.id)
            for step in range(20):
                assert not jobs.heartbeat(job.id, step, 20, attempt=1)
                assert jobs.get(job.id).done == step
            jobs.finish(job.id, n, attempt=1)
            return jobs.get(job.id).status

    assert at_once(6, work) == ["done"] * 6


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    with Jobs(tmp_path / "jobs.sqlite") as jobs:
        job = jobs.submit("simulate", {}, "aoi")
        with jobs._database.writing() as session:
            session.execute(text("UPDATE jobs SET done = 7"))
            began = time.perf_counter()
            assert jobs.get(job.id).done == 0
            assert time.perf_counter() - began < 0.2
        assert jobs.get(job.id).done == 7


def test_every_sqlite_connection_is_set_up(tmp_path: Path) -> None:
    with Jobs(tmp_path / "jobs.sqlite") as jobs:

        def settings(_: int) -> tuple[object, ...]:
            with jobs._database.reading() as session:
                names = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
                return tuple(session.scalar(text(f"PRAGMA {name}")) for name in names)

        assert set(at_once(4, settings)) == {("wal", 30_000, 1, 1)}


def test_a_killed_writer_leaves_the_database_usable(tmp_path: Path) -> None:
    code = (
        "import sys; from twin.jobs import Jobs; jobs = Jobs(sys.argv[1]); print('ready', flush=True)\n"
        "for n in range(10**6): jobs.submit('simulate', {'n': n}, 'aoi')"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, tmp_path / "jobs.sqlite"], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(0.4)
    writer.kill()
    writer.communicate()
    with Jobs(tmp_path / "jobs.sqlite") as jobs:
        assert jobs.list(limit=3)
        assert jobs.submit("simulate", {"n": "after"}, "aoi").status == "queued"


def test_tables_of_an_earlier_version_are_brought_up_to_date(url: str) -> None:
    with Jobs(url) as jobs:
        job = jobs.submit("simulate", {}, "aoi")
        seen = []

        def add_a_column(connection: Connection) -> None:
            connection.execute(text("ALTER TABLE jobs ADD COLUMN priority INTEGER DEFAULT 5"))
            seen.append(connection.dialect.name)

        for _ in range(2):
            with jobs._database.writing() as session:
                bring_up_to_date(session.connection(), migrations=(add_a_column,))
        assert len(seen) == 1, "once"
        with jobs._database.reading() as session:
            assert session.scalar(text("SELECT priority FROM jobs")) == 5
            assert session.query(SchemaVersionRow).one().version == 2
        assert jobs.get(job.id).status == "queued"
    with pytest.raises(InputError, match=r"later version .2. than this program knows .1."):
        Jobs(url)


def test_a_new_file_that_somebody_else_opens_just_now_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses a change of its journal at once, whatever was said of waiting, while another is about to write."""
    path = tmp_path / "jobs.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.4, other.execute, ["COMMIT"]).start()
    with Jobs(path) as jobs:
        assert jobs.submit("simulate", {}, "aoi").status == "queued"
    other.close()


def test_opened_by_many_at_once_the_tables_are_made_once(url: str) -> None:
    def open_and_ask(n: int) -> str:
        with Jobs(url) as jobs:
            return jobs.submit("simulate", {"n": n}, "aoi").status

    assert at_once(6, open_and_ask) == ["queued"] * 6


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "A database in memory cannot be shared"),
        ("sqlite:///:memory:", "A database in memory cannot be shared"),
        ("mysql://host/name", "A database of kind mysql is not supported"),
        ("postgresql+nonsense://host/name", "needs a driver that is not installed"),
        ("://", "is no URL of a database"),
        (
            "postgresql+psycopg://user:secret@127.0.0.1:9/name",
            r"postgresql\+psycopg://user:\*\*\*@127.0.0.1:9/name cannot be used",
        ),
    ],
)
def test_a_database_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(CityTwinError, match=message) as caught:
        Jobs(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_text("dear diary, " * 1000)
    with pytest.raises(CityTwinError, match=r"jobs.sqlite cannot be used .file is not a database.; check"):
        Jobs(tmp_path / "jobs.sqlite")
    with pytest.raises(CityTwinError, match=r"The folder of the database .* cannot be made"):
        Jobs(tmp_path / "jobs.sqlite" / "deeper" / "jobs.sqlite")
