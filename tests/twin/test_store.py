"""The field store keeps what it is given, bit by bit, within its limits, whatever happens to the process or the disk."""

from __future__ import annotations

import pickle
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from geodata.errors import CityTwinError
from geodata.fingerprint import digest_of_array
from twin.store import FieldLost, FieldStore, FolderStore, MemoryStore, Record
from twin.store.codec import DamagedField, decode, encode

ROOT = Path(__file__).parents[2]

dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.complex_number_dtypes(endianness="?"),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
    hnp.byte_string_dtypes(endianness="?", min_len=1, max_len=7),
    hnp.unicode_string_dtypes(endianness="?", min_len=1, max_len=7),
)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6))


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FieldStore:
    return MemoryStore() if request.param == "memory" else FolderStore(tmp_path / "store")


def field(seed: int, size: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).random(size, dtype=np.float32)  # does not compress much


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


# ---- bits ----


@given(arrays)
def test_every_array_comes_back_bit_by_bit(values: np.ndarray) -> None:
    back = decode(encode(values, digest_of_array(values)), digest_of_array(values))
    assert same_bits(back, values)
    with pytest.raises(ValueError):
        back.flags.writeable = True


@given(arrays, st.data())
def test_a_single_flipped_bit_is_noticed(values: np.ndarray, data: st.DataObject) -> None:
    digest = digest_of_array(values)
    block = bytearray(encode(values, digest))
    bit = data.draw(st.integers(0, len(block) * 8 - 1))
    block[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedField):
        decode(bytes(block), digest)


@given(arrays, st.data())
def test_a_truncated_block_is_noticed(values: np.ndarray, data: st.DataObject) -> None:
    digest = digest_of_array(values)
    block = encode(values, digest)
    with pytest.raises(DamagedField):
        decode(block[: data.draw(st.integers(0, len(block) - 1))], digest)


def test_a_block_under_another_name_is_noticed() -> None:
    dry, wet = np.zeros(3), np.ones(3)
    with pytest.raises(DamagedField):
        decode(encode(dry, digest_of_array(dry)), digest_of_array(wet))


def test_nan_of_every_kind_infinity_and_minus_zero_survive(store: FieldStore) -> None:
    odd = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000, 0x7F800000, 0xFF800000, 0x80000000, 1], np.uint32).view(np.float32)
    record = store.put("a0", {"odd": odd}, wall=0)
    assert same_bits(store.field(record.fields["odd"]), odd)


def test_a_slice_with_strides_and_a_number_without_dims(store: FieldStore) -> None:
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    record = store.put("a0", {"every other": whole[::2, ::-3], "number": np.array(7.5), "one": np.array([7.5])}, wall=0)
    assert same_bits(store.field(record.fields["every other"]), whole[::2, ::-3])
    assert store.field(record.fields["number"]).shape == ()
    assert store.field(record.fields["one"]).shape == (1,)


@pytest.mark.parametrize(
    "values", [np.array([{}, None]), np.zeros(2, [("depth", "f4"), ("speed", "f4")]), np.array(["川"], np.dtypes.StringDType())]
)
def test_what_has_no_exact_bytes_is_refused(store: FieldStore, values: np.ndarray) -> None:
    with pytest.raises(CityTwinError, match="The field odd is of type"):
        store.put("a0", {"fine": np.zeros(2), "odd": values}, wall=0)
    assert store.find("a0") is None


# ---- the contract, in memory and on disk ----


def test_a_record_is_found_by_its_key(store: FieldStore) -> None:
    assert store.find("a0") is None
    record = store.put("a0", {"depth": field(1), "speed": field(2)}, wall=1.5)
    assert (
        store.find("a0")
        == record
        == Record("a0", {"depth": digest_of_array(field(1)), "speed": digest_of_array(field(2))}, 1.5)
    )
    assert pickle.loads(pickle.dumps(record)) == record


def test_a_caller_cannot_change_what_is_stored(store: FieldStore) -> None:
    mine = field(1)
    digest = store.put("a0", {"depth": mine}, wall=0).fields["depth"]
    mine[:] = -1
    theirs = store.field(digest)
    assert same_bits(theirs, field(1))
    with pytest.raises(ValueError, match="read-only"):
        theirs[0] = 2
    with pytest.raises(ValueError):
        theirs.flags.writeable = True


def test_a_key_cannot_leave_the_folder(store: FieldStore) -> None:
    for name in ("../a", "", "a/b", "A", "a" * 129):
        with pytest.raises(ValueError, match="is no key"):
            store.put(name, {}, wall=0)
        with pytest.raises(ValueError, match="is no key"):
            store.field(name)


def test_a_field_that_was_never_there(store: FieldStore) -> None:
    assert not store.has("0" * 32)
    with pytest.raises(FieldLost, match="0000 is no longer in the store"):
        store.field("0" * 32)


def test_only_one_thread_computes_a_key(store: FieldStore) -> None:
    computed = []

    def compute() -> None:
        with store.flight("a0"):
            if store.find("a0") is None:
                time.sleep(0.05)
                computed.append(threading.get_ident())
                store.put("a0", {"depth": field(1)}, wall=0)

    threads = [threading.Thread(target=compute) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(computed) == 1


def test_other_keys_do_not_wait_and_who_waits_can_give_up(store: FieldStore) -> None:
    def give_up() -> None:
        raise InterruptedError

    def wait() -> None:
        try:
            with store.flight("a0", while_waiting=give_up):
                outcome.append("got it")
        except InterruptedError:
            outcome.append("gave up")

    outcome: list[str] = []
    with store.flight("a0"):
        with store.flight("b0"):
            pass
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert outcome == ["gave up"]
    with store.flight("a0"):
        pass


def test_the_least_recently_used_goes_and_the_pinned_stays(tmp_path: Path) -> None:
    size = len(encode(field(0), digest_of_array(field(0))))
    stores = [
        MemoryStore(limit_bytes=4 * field(0).nbytes),
        FolderStore(tmp_path, limit_bytes=4 * size + 1500, memory_bytes=0),
    ]
    for store in stores:
        digests = [store.put(f"k{n}", {"f": field(n)}, wall=0).fields["f"] for n in range(4)]
        assert store.pin("run", [digests[0], "f" * 32]) == {"f" * 32}
        assert store.has(digests[1])  # a use: number 2 is now the one that waited longest
        store.put("k4", {"f": field(4)}, wall=0)
        assert [store.has(digest) for digest in digests][:3] == [True, True, False]
        assert store.find("k2") is not None, "the record of an evicted field still tells its digest"
        store.unpin("run")
        for n in range(5, 12):
            store.put(f"k{n}", {"f": field(n)}, wall=0)
        assert not store.has(digests[0])


def test_no_room_is_said_in_one_sentence(tmp_path: Path) -> None:
    for store in (MemoryStore(limit_bytes=5000), FolderStore(tmp_path, limit_bytes=5000, memory_bytes=5000)):
        with pytest.raises(CityTwinError, match=r"There is no room for .* raise the limit or delete saved runs"):
            store.put("a0", {"f": field(1, 4000)}, wall=0)
        kept = store.put("b0", {"f": field(1, 1000)}, wall=0)
        store.pin("run", kept.fields.values())
        with pytest.raises(CityTwinError, match=r"of which saved runs hold 3\d\d\d|hold 4000"):
            store.put("c0", {"f": field(2, 1000)}, wall=0)
        assert store.find("a0") is None
        assert store.find("c0") is None
        assert same_bits(store.field(kept.fields["f"]), field(1, 1000))


# ---- on disk ----


def test_equal_fields_are_kept_once(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a0", {"depth": field(1), "same": field(1)}, wall=0)
    store.put("b0", {"depth": field(1)}, wall=0)
    assert len(list((tmp_path / "fields").glob("*/*"))) == 1
    assert list((tmp_path / "partial").iterdir()) == []


def test_another_process_reads_it(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, memory_bytes=123)
    digest = store.put("a0", {"depth": field(1)}, wall=0).fields["depth"]
    other = pickle.loads(pickle.dumps(store))
    assert (other.path, other.limit_bytes) == (store.path, store.limit_bytes)
    assert same_bits(other.field(digest), field(1))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_deleted_and_never_served(tmp_path: Path, data: st.DataObject) -> None:
    store = FolderStore(tmp_path, memory_bytes=0)
    digest = store.put("a0", {"depth": field(1)}, wall=0).fields["depth"]
    path = data.draw(st.sampled_from([next((tmp_path / "fields").glob("*/*")), next((tmp_path / "records").glob("*/*"))]))
    content = bytearray(path.read_bytes())
    where = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans(), label="truncate"):
        del content[where:]
    else:
        content[where] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    if path.name == digest:
        with pytest.raises(FieldLost):
            store.field(digest)
        assert not store.has(digest)
    else:
        assert store.find("a0") is None
    assert not path.exists()
    store.put("a0", {"depth": field(1)}, wall=0)  # computed again, it is whole again
    assert store.find("a0") is not None
    assert same_bits(store.field(digest), field(1))


def test_a_pin_puts_back_what_is_still_in_memory(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest = store.put("a0", {"depth": field(1)}, wall=0).fields["depth"]
    next((tmp_path / "fields").glob("*/*")).unlink()
    assert store.has(digest)
    assert store.pin("run", [digest]) == frozenset()
    assert same_bits(FolderStore(tmp_path).field(digest), field(1))


def test_a_store_whose_folder_was_deleted_goes_on(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.put("a0", {"depth": field(1)}, wall=0)
    (tmp_path / "store").rename(tmp_path / "gone")
    assert store.find("a0") is None
    store.put("a0", {"depth": field(2)}, wall=0)
    assert store.find("a0") is not None


def test_memory_is_bounded(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, memory_bytes=3 * field(0).nbytes + 10)
    for n in range(20):
        store.put(f"k{n}", {"f": field(n)}, wall=0)
        assert store._memory.used_bytes <= store._memory.limit_bytes
    assert all(same_bits(store.field(digest_of_array(field(n))), field(n)) for n in range(20))


@pytest.mark.parametrize("make", ["file", "readonly"])
def test_a_folder_that_cannot_be_used(tmp_path: Path, make: str) -> None:
    if make == "file":
        (tmp_path / "store").write_text("not a folder")
    else:
        if not Path("/proc/self").exists():
            pytest.skip("no /proc here to stand for a folder that nobody can write to")
        (tmp_path / "store").symlink_to("/proc/self")
    with pytest.raises(CityTwinError, match=r"The field store .* cannot be written .*; check its permissions"):
        FolderStore(tmp_path / "store")


class StoreMachine(RuleBasedStateMachine):
    """Random puts, finds, reads, pins and damage: what is served is right, and limits hold."""

    @initialize(folder=st.booleans(), limit=st.integers(9_000, 40_000), memory=st.integers(0, 20_000))
    def open(self, folder: bool, limit: int, memory: int) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory() if folder else None
        self.limit, self.memory = limit, memory
        self.store = self.opened()
        self.expected: dict[str, dict[str, np.ndarray]] = {}
        self.pinned: dict[str, frozenset[str]] = {}

    def opened(self) -> FolderStore | MemoryStore:
        if self.folder is None:
            return MemoryStore(limit_bytes=self.limit)
        return FolderStore(self.folder.name, limit_bytes=self.limit, memory_bytes=self.memory)

    @rule(key=st.integers(0, 9), seeds=st.lists(st.integers(0, 20), max_size=2), size=st.sampled_from([0, 10, 1000, 2000]))
    def put(self, key: int, seeds: list[int], size: int) -> None:
        fields = {f"f{n}": field(seed, size) for n, seed in enumerate(seeds)}
        try:
            record = self.store.put(f"k{key}", fields, wall=1)
        except CityTwinError:
            assert self.pinned or 2 * size * 4 > self.limit - 1500
            return
        self.expected[record.key] = fields
        for name, values in fields.items():  # what was just put can be read at once
            assert same_bits(self.store.field(record.fields[name]), values)

    @rule(key=st.integers(0, 9))
    def find(self, key: int) -> None:
        record = self.store.find(f"k{key}")
        if record is not None:
            for name, digest in record.fields.items():
                try:
                    assert same_bits(self.store.field(digest), self.expected[record.key][name])
                except FieldLost:
                    assert not self.store.has(digest)

    @rule(key=st.integers(0, 9), name=st.sampled_from(["run 1", "run/2"]))
    def pin(self, key: int, name: str) -> None:
        record = self.store.find(f"k{key}")
        if record is not None:
            digests = frozenset(record.fields.values())
            try:
                missing = self.store.pin(name, digests)
            except CityTwinError:  # what is still in memory did not fit on disk again
                return
            self.pinned[name] = digests - missing

    @rule(name=st.sampled_from(["run 1", "run/2"]))
    def unpin(self, name: str) -> None:
        self.store.unpin(name)
        self.pinned.pop(name, None)

    @rule()
    def reopen(self) -> None:
        if self.folder is not None:
            self.store = self.opened()

    @invariant()
    def within_limits(self) -> None:
        if hasattr(self, "store"):
            assert self.store.used_bytes <= self.limit
            if isinstance(self.store, FolderStore):
                assert self.store._memory.used_bytes <= self.memory
                assert not list((self.store.path / "partial").iterdir())

    @invariant()
    def pinned_stay(self) -> None:
        if hasattr(self, "store"):
            assert all(self.store.has(digest) for digests in self.pinned.values() for digest in digests)

    def teardown(self) -> None:
        if getattr(self, "folder", None) is not None:
            self.folder.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
