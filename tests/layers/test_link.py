"""Links: what goes in comes out; whatever else is written into one gives sentences, never a fault."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from layers.link import Link, missing
from layers.scene import Look
from layers.view import View
from twin.question import Note
from twin.scenario import Scenario
from twin.scenario.packed import MOST_LETTERS, packed, unpacked

FIELDS = (
    "city",
    "made",
    "asked",
    "saved",
    "at",
    "layers",
    "step",
    "scale",
    "theme",
    "water",
    "roads",
    "group",
    "mode",
    "public",
)
scenarios = st.builds(
    lambda name, duration, seed: Scenario.model_validate({"name": name, "duration": duration, "seed": seed}),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(str.strip),
    st.integers(0, 86_400),
    st.integers(0, 2**31),
)
views = st.builds(
    View, st.floats(-179, 179).map(lambda x: round(x, 5)), st.floats(-80, 80).map(lambda x: round(x, 5)),
    zoom=st.integers(8, 18).map(float), step=st.integers(0, 40), layers=st.none() | st.just(("ground", "roads")),
)  # fmt: skip


@given(st.lists(scenarios, max_size=4, unique=True), st.none() | views, st.booleans(), st.sampled_from(["", "beside", "depth"]))
def test_a_link_restores_what_it_was_made_of(asked, view, public, mode):
    link = Link("kawabe", "abc123", tuple(asked), "s1", view, Look("safe", "minutes_left", group="car"), mode, public)
    read, notes = Link.from_query(link.to_query())
    assert not notes
    assert (read.scenarios, read.city, read.saved, read.mode, read.public) == (link.scenarios, "kawabe", "s1", mode, public)
    assert read.look == link.look
    if view is not None:
        assert (read.view.longitude, read.view.step, read.view.layers) == (view.longitude, view.step, view.layers)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=60)))
def test_whatever_is_written_into_a_link_gives_sentences(query):
    link, notes = Link.from_query(query)
    told = [*notes, *missing(link, cities=("kawabe",), fingerprint="abc", layers=("roads",))]
    assert all(isinstance(each, Note) and each.text for each in told)
    assert Link.from_query(link.to_query())[0] == link


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_changed_letter_is_noticed_or_harmless(place, letter):
    scenario = Scenario.model_validate({"name": "dry day", "duration": 3600})
    letters = packed(scenario)
    place %= len(letters)
    changed = letters[:place] + letter + letters[place + 1 :]
    try:
        read = unpacked(changed)
    except InputError:
        return
    assert read == scenario


def test_letters_that_unpack_to_very_much_are_refused():
    bomb = urlsafe_b64encode(zlib.compress(b"a" * 200_000_000, 9)).decode()
    with pytest.raises(InputError):
        unpacked(bomb[: MOST_LETTERS * 40])
    small = urlsafe_b64encode(zlib.compress(b"a" * 3_000_000, 9)).decode().rstrip("=")
    assert len(small) < MOST_LETTERS
    with pytest.raises(InputError, match="cut off or changed"):
        unpacked(small)


def test_what_is_not_plain_yaml_is_refused():
    bad = urlsafe_b64encode(zlib.compress(b"!!python/object/apply:os.system ['true']")).decode().rstrip("=")
    with pytest.raises(InputError):
        unpacked(bad)


def test_what_of_a_link_is_gone_is_named():
    link = Link("atlantis", "ffff", view=View(131.0, 33.0, layers=("roads", "trams")))
    told = [each.text for each in missing(link, cities=("kawabe",), fingerprint="0000", layers=("roads",))]
    assert any("atlantis" in each for each in told)
    assert any("trams" in each and "roads" not in each for each in told)


def test_a_scenario_too_large_for_a_link_is_named():
    import random

    digits = random.Random(3)
    roads = ["".join(digits.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=24)) for _ in range(2000)]
    scenario = Scenario.model_validate(
        {"name": "all roads", "duration": 0, "measures": [{"kind": "road_closure", "roads": roads}]}
    )
    link = Link(scenarios=(scenario,))
    assert link.left_out == ("all roads",)
    assert Link.from_query(link.to_query())[0].scenarios == ()
