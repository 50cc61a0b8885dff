"""Saved scenarios in the database. Every change is a version; none is ever lost, none silently overwritten."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from geodata.errors import InputError
from geodata.finder import folded
from twin.jobs.database import Database
from twin.jobs.job import Message
from twin.library.parts import digest_of, joined, parts_of
from twin.library.saved import Cell, Grid, Listing, Saved, Summary, Version
from twin.library.tables import PartRow, ScenarioRow, VersionRow, library_schema
from twin.scenario import Scenario

MADE = Message("Made")
COPIED = Message("Copied")
COMBINED = Message("Put together from an event and a plan")
LARGEST_PAGE = 500


class Library:
    """The scenarios that people made.

    Parameters
    ----------
    url
        Database: a path or URL as `twin.jobs.database.Database` takes it. Close it, or use it in a ``with`` block.

    Notes
    -----
    The versions of a scenario form a tree: each knows the one it was made from. One of them stands (the head); undo and redo
    walk along the tree, and a change after an undo begins a new branch beside the old one, which stays in the history.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library.sqlite") as library:
    ...     first = library.create("kawabe", Scenario(name="flood", duration=3600))
    ...     longer = library.change(first.id, Scenario(name="flood", duration=7200), based_on=first.number)
    ...     back = library.undo(longer.id, based_on=longer.number)
    ...     back.scenario.duration, back.can_redo, library.redo(back.id, based_on=back.number).scenario.duration
    (3600, True, 7200)
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        self._database = Database(url, schema=library_schema, durable=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # ---- make and read ----

    def create(self, city: str, scenario: Scenario, *, author: str = "", event: str = "", plan: str = "") -> Saved:
        """Save a new scenario.

        Parameters
        ----------
        city
            The city it is made for.
        scenario
            The question. It need not make sense in the city yet: a draft is kept, too.
        author
            Who makes it.
        event, plan
            What they call its event and its plan.
        """
        with self._database.writing() as session:
            return _saved(session, _new(session, city, scenario, author, event, plan, MADE))

    def get(self, scenario_id: str, number: int | None = None) -> Saved:
        """A saved scenario as it stands, or one of its versions.

        Raises
        ------
        InputError
            When there is none of that name or number.
        """
        with self._database.reading() as session:
            return _saved(session, _row(session, scenario_id), number)

    def history(self, scenario_id: str) -> tuple[Version, ...]:
        """All versions, latest first."""
        with self._database.reading() as session:
            _row(session, scenario_id)
            rows = session.scalars(
                select(VersionRow).where(VersionRow.scenario_id == scenario_id).order_by(VersionRow.number.desc())
            )
            return tuple(Version(v.number, v.parent, v.name, v.author, v.made, Message.read(v.what)) for v in rows)

    # ---- change ----

    def change(
        self, scenario_id: str, scenario: Scenario, *, based_on: int, author: str = "", what: Message | None = None,
        event: str | None = None, plan: str | None = None, copy_name: str = "{name} (2)",
    ) -> Saved:  # fmt: skip
        """Save a change as a new version.

        When another version stands by now than the one that was changed, somebody else was faster: theirs stays, and this
        change is kept as a scenario of its own, a copy; `Saved.conflict` says so.

        Parameters
        ----------
        scenario_id
            The scenario.
        scenario
            The changed question. What changes nothing makes no version.
        based_on
            Number of the version that was changed.
        author
            Who changes it.
        what
            What was done, for the history: a sentence template and its values.
        event, plan
            New names of its event and plan; None = as they are.
        copy_name
            How to call the copy, with the placeholder ``{name}``.
        """
        with self._database.writing() as session:
            row = _row(session, scenario_id, lock=True)
            base = _version(session, scenario_id, based_on)
            names = (base.event if event is None else event, base.plan if plan is None else plan)
            if row.head != based_on:
                if _scenario(session, _version(session, scenario_id, row.head)) == scenario:
                    return _saved(session, row)  # both did the same
                named = _renamed(scenario, copy_name.format(name=scenario.name))
                copy = _new(session, row.city, named, author, *names, what or MADE, branched=(scenario_id, based_on))
                return _saved(session, copy, conflict=True)
            if (base.event, base.plan) == names and _scenario(session, base) == scenario:
                return _saved(session, row)
            _add_version(session, row, scenario, author, *names, what or Message(), parent=based_on)
            return _saved(session, row)

    def undo(self, scenario_id: str, *, based_on: int) -> Saved:
        """Let the version before stand again.

        Raises
        ------
        InputError
            When somebody else changed the scenario meanwhile.
        """
        return self._move(scenario_id, based_on, lambda session, row: _version(session, row.id, row.head).parent)

    def redo(self, scenario_id: str, *, based_on: int) -> Saved:
        """Let the version that was undone stand again.

        Raises
        ------
        InputError
            When somebody else changed the scenario meanwhile.
        """
        return self._move(scenario_id, based_on, lambda session, row: _child(session, row) or 0)

    def go_to(self, scenario_id: str, number: int, *, based_on: int) -> Saved:
        """Let any version of the history stand again.

        Raises
        ------
        InputError
            When there is no such version, or somebody else changed the scenario meanwhile.
        """
        return self._move(scenario_id, based_on, lambda session, row: _version(session, row.id, number).number)

    def archive(self, scenario_id: str, *, archived: bool = True) -> Saved:
        """Put a scenario away, or take it out again. Nothing is deleted."""
        with self._database.writing() as session:
            row = _row(session, scenario_id, lock=True)
            row.archived = archived
            return _saved(session, row)

    # ---- copy and combine ----

    def copy(self, scenario_id: str, *, name: str, author: str = "") -> Saved:
        """A scenario of its own that begins as the one that stands."""
        with self._database.writing() as session:
            row = _row(session, scenario_id)
            head = _version(session, scenario_id, row.head)
            named = _renamed(_scenario(session, head), name)
            copy = _new(session, row.city, named, author, head.event, head.plan, COPIED, branched=(row.id, row.head))
            return _saved(session, copy)

    def combine(self, *, event_of: str, plan_of: str, name: str, author: str = "") -> Saved:
        """The event of one scenario against the plan of another, as a scenario of its own.

        Raises
        ------
        InputError
            When they do not go together.
        """
        with self._database.writing() as session:
            one, other = (_version(session, i, _row(session, i).head) for i in (event_of, plan_of))
            event, plan = (_part(session, digest) for digest in (one.event_digest, other.plan_digest))
            made = joined(event, plan, name=name, description=one.description)
            row = _new(session, _row(session, event_of).city, made, author, one.event, other.plan, COMBINED)
            return _saved(session, row)

    # ---- find ----

    def list(self, city: str, *, words: str = "", offset: int = 0, limit: int = 50, archived: bool = False) -> Listing:
        """Scenarios of a city, latest changes first.

        Parameters
        ----------
        city
            The city.
        words
            Only those whose name, event, plan or description holds these words; width and case do not matter.
        offset, limit
            Which part of the list.
        archived
            Those that were put away, instead of the others.
        """
        query: Select[Any] = select(ScenarioRow).where(ScenarioRow.city == city, ScenarioRow.archived == archived)
        for word in words.split():
            query = query.where(ScenarioRow.searched.contains(folded(word), autoescape=True))
        page = query.order_by(ScenarioRow.changed.desc(), ScenarioRow.id).offset(offset).limit(min(limit, LARGEST_PAGE))
        with self._database.reading() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            return Listing(tuple(_summary(row) for row in session.scalars(page)), total)

    def grid(self, city: str, *, limit: int = LARGEST_PAGE) -> Grid:
        """Named events × named plans of a city; scenarios whose event and plan both have no name are left out."""
        query = (
            select(ScenarioRow)
            .where(ScenarioRow.city == city, ~ScenarioRow.archived, (ScenarioRow.event != "") | (ScenarioRow.plan != ""))
            .order_by(ScenarioRow.changed.desc(), ScenarioRow.id)
            .limit(limit)
        )
        with self._database.reading() as session:
            rows = list(session.scalars(query))
        events: dict[str, str] = {}
        plans: dict[str, str] = {}
        cells: dict[tuple[str, str], tuple[Cell, ...]] = {}
        for row in rows:
            event, plan = events.setdefault(row.event, row.event_digest), plans.setdefault(row.plan, row.plan_digest)
            cell = Cell(row.id, row.name, event != row.event_digest, plan != row.plan_digest)
            cells[row.event, row.plan] = (*cells.get((row.event, row.plan), ()), cell)
        return Grid(tuple(sorted(events)), tuple(sorted(plans)), cells)

    def _move(self, scenario_id: str, based_on: int, target: Any) -> Saved:
        with self._database.writing() as session:
            row = _row(session, scenario_id, lock=True)
            if row.head != based_on:
                raise InputError("Somebody else changed {name} meanwhile; open it again to see what stands now.", name=row.name)
            number: int = target(session, row)
            if number and number != row.head:
                _stand(session, row, _version(session, scenario_id, number))
            return _saved(session, row)


def _new(
    session: Session, city: str, scenario: Scenario, author: str, event: str, plan: str, what: Message,
    *, branched: tuple[str, int] = ("", 0),
) -> ScenarioRow:  # fmt: skip
    now = datetime.now(UTC)
    row = ScenarioRow(
        id=uuid.uuid4().hex[:16], city=city, name="", event="", plan="", event_digest="", plan_digest="", measures=0,
        searched="", author="", head=0, latest=0, created=now, changed=now, archived=False,
        branched_id=branched[0], branched_number=branched[1],
    )  # fmt: skip
    session.add(row)
    session.flush()
    _add_version(session, row, scenario, author, event, plan, what, parent=0)
    return row


def _add_version(
    session: Session, row: ScenarioRow, scenario: Scenario, author: str, event: str, plan: str, what: Message, *, parent: int
) -> None:
    digests = [_keep(session, part) for part in parts_of(scenario)]
    row.latest += 1
    made = VersionRow(
        scenario_id=row.id, number=row.latest, parent=parent, name=scenario.name, description=scenario.description,
        event=event, plan=plan, event_digest=digests[0], plan_digest=digests[1], author=author, made=datetime.now(UTC),
        what=what.plain,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _stand(session, row, made)


def _stand(session: Session, row: ScenarioRow, version: VersionRow) -> None:
    """Let a version stand, and the list say what it says."""
    row.head, row.changed, row.author = version.number, datetime.now(UTC), version.author
    row.name, row.event, row.plan = version.name, version.event, version.plan
    row.event_digest, row.plan_digest = version.event_digest, version.plan_digest
    row.measures = len(_part(session, version.plan_digest).get("measures", ()))
    row.searched = " ".join(map(folded, (version.name, version.event, version.plan, version.description)))
    session.flush()


def _keep(session: Session, part: dict[str, Any]) -> str:
    digest = digest_of(part)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(PartRow).values(digest=digest, content=part).on_conflict_do_nothing())
    return digest


def _part(session: Session, digest: str) -> Mapping[str, Any]:
    row = session.get(PartRow, digest)
    return {} if row is None else row.content


def _row(session: Session, scenario_id: str, *, lock: bool = False) -> ScenarioRow:
    row = session.get(ScenarioRow, scenario_id, with_for_update=lock or None)
    if row is None:
        raise InputError("There is no saved scenario {id}; choose one from the list.", id=scenario_id[:40])
    return row


def _version(session: Session, scenario_id: str, number: int) -> VersionRow:
    found = session.get(VersionRow, (scenario_id, number))
    if found is None:
        raise InputError("The scenario has no version {number}; choose one from its history.", number=number)
    return found


def _child(session: Session, row: ScenarioRow) -> int | None:
    """The latest version made from the one that stands."""
    of = (VersionRow.scenario_id == row.id, VersionRow.parent == row.head)
    return session.scalar(select(func.max(VersionRow.number)).where(*of))


def _scenario(session: Session, version: VersionRow) -> Scenario:
    event, plan = _part(session, version.event_digest), _part(session, version.plan_digest)
    return joined(event, plan, name=version.name, description=version.description)


def _renamed(scenario: Scenario, name: str) -> Scenario:
    return Scenario.model_validate({**scenario.model_dump(mode="json"), "name": name[:200]})


def _saved(session: Session, row: ScenarioRow, number: int | None = None, *, conflict: bool = False) -> Saved:
    version = _version(session, row.id, row.head if number is None else number)
    return Saved(
        id=row.id, city=row.city, scenario=_scenario(session, version), event=version.event, plan=version.plan,
        number=version.number, can_undo=version.parent > 0, can_redo=_child(session, row) is not None, changed=row.changed,
        author=version.author, branched_from=(row.branched_id, row.branched_number), conflict=conflict, archived=row.archived,
    )  # fmt: skip


def _summary(row: ScenarioRow) -> Summary:
    return Summary(row.id, row.name, row.event, row.plan, row.measures, row.head, row.changed, row.author, row.archived)
