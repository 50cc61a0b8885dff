# ruff: noqa: E501  (tables: wide characters count twice)
"""From the words of PLATEAU's code lists to our uses, structures and kinds."""

from __future__ import annotations

# First word that occurs decides, so the longer and more special ones stand first.
_USES = (
    ("店舗等併用", "mixed"), ("作業所併用", "mixed"), ("住商併用", "mixed"), ("住居併用", "mixed"), ("商業系複合", "commercial"),
    ("商業系用途複合", "commercial"), ("共同住宅", "apartment"), ("集合住宅", "apartment"), ("長屋", "apartment"),
    ("寄宿舎", "apartment"), ("戸建", "house"), ("独立住宅", "house"), ("専用住宅", "house"), ("住宅", "house"),
    ("病院", "hospital"), ("診療所", "hospital"), ("老人", "care"), ("福祉", "care"), ("保育", "school"), ("幼稚園", "school"),
    ("学校", "school"), ("教育", "school"), ("宿泊", "hotel"), ("ホテル", "hotel"), ("旅館", "hotel"), ("神社", "religious"),
    ("寺院", "religious"), ("宗教", "religious"), ("官公庁", "public"), ("文教厚生", "public"), ("厚生医療", "public"),
    ("防衛", "public"), ("スポーツ", "public"), ("集会", "public"), ("業務", "office"), ("事務所", "office"), ("商業", "commercial"),
    ("店舗", "commercial"), ("娯楽", "commercial"), ("遊戯", "commercial"), ("倉庫運輸", "warehouse"), ("運輸倉庫", "warehouse"),
    ("倉庫", "warehouse"), ("運輸", "transport"), ("駅", "transport"), ("工場", "industrial"), ("作業所", "industrial"),
    ("農林漁業", "agricultural"), ("供給処理", "utility"), ("処理施設", "utility"), ("車庫", "shed"), ("物置", "shed"),
    ("その他", "other"),
)  # fmt: skip
_STRUCTURES = (
    ("鉄骨鉄筋コンクリート", "steel_reinforced_concrete"), ("鉄筋コンクリート", "reinforced_concrete"),
    ("軽量鉄骨", "light_steel"), ("鉄骨", "steel"), ("レンガ", "masonry"), ("ブロック", "masonry"), ("石造", "masonry"),
    ("非木造", ""), ("木造", "wood"), ("土蔵", "wood"), ("reinforced concrete", "reinforced_concrete"), ("non-wooden", ""),
    ("wooden", "wood"), ("その他", "other"),
)  # fmt: skip
_LAND_USES = (
    ("田（水田", "paddy"), ("水田", "paddy"), ("畑", "farmland"), ("樹園地", "farmland"), ("採草地", "farmland"), ("農地", "farmland"),
    ("山林", "forest"), ("森林", "forest"), ("樹林", "forest"), ("その他自然地", "grass"), ("原野", "grass"), ("荒れ地", "grass"), ("低湿地", "grass"),
    ("河川敷", "grass"), ("ゴルフ場", "grass"), ("水面", "water"), ("河川", "water"), ("湖沼", "water"), ("ため池", "water"), ("用水路", "water"),
    ("海浜", "bare"), ("湖岸", "bare"), ("濠", "water"), ("農林漁業施設", "farmland"), ("住宅用地", "residential"), ("住宅", "residential"),
    ("宅地", "residential"), ("商業", "commercial"), ("業務施設", "commercial"), ("宿泊施設", "commercial"), ("工業", "industrial"),
    ("工場", "industrial"), ("公益施設", "public"), ("官公庁", "public"), ("文教厚生", "public"), ("供給処理", "public"),
    ("公的施設", "public"), ("道路・鉄軌道敷", "road"), ("道路", "road"), ("駅前広場", "road"), ("鉄道", "railway"),
    ("交通施設", "other"), ("公共空地", "park"), ("公園", "park"), ("緑地", "park"), ("広場", "park"), ("運動場", "park"), ("墓園", "park"),
    ("太陽光", "bare"), ("平面駐車場", "bare"), ("空地", "bare"), ("低未利用", "bare"), ("資材", "bare"), ("建物跡地", "bare"), ("その他", "other"),
)  # fmt: skip
_WATER = (
    ("sea", "sea"), ("海", "sea"), ("潮汐", "sea"), ("lake", "lake"), ("湖", "lake"), ("ため池", "pond"), ("貯水池", "pond"), ("池", "pond"),
    ("水路", "canal"), ("watercourse", "canal"), ("運河", "canal"), ("river", "river"), ("河川", "river"), ("川", "river"),
)  # fmt: skip


def _first(words: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((kind for word, kind in table if word in words), "")


def building_use(words: str) -> str:
    """Our use for the words of a building's usage, "" where they say unknown or nothing we know.

    Examples
    --------
    >>> building_use("店舗等併用共同住宅"), building_use("文教厚生施設"), building_use("不明")
    ('mixed', 'public', '')
    """
    return _first(words, _USES)


def building_structure(words: str) -> str:
    """Our structure for the words of a structure type; 非木造 (not wood) stays unknown.

    Examples
    --------
    >>> building_structure("鉄骨鉄筋コンクリート造"), building_structure("木造・土蔵造"), building_structure("非木造")
    ('steel_reinforced_concrete', 'wood', '')
    """
    return _first(words, _STRUCTURES)


def land_use_kind(words: str) -> str:
    """Our kind for the words of a land use, "" where unknown.

    Examples
    --------
    >>> land_use_kind("田"), land_use_kind("畑（畑、樹園地、採草地、養鶏（牛・豚）場）"), land_use_kind("公益施設用地")
    ('paddy', 'farmland', 'public')
    """
    return "paddy" if words == "田" else _first(words, _LAND_USES)


def water_kind(words: str) -> str:
    """Our kind for the words of a water body, "" where unknown.

    Examples
    --------
    >>> water_kind("watercourse（水路）"), water_kind("river / stream（河川/小川）"), water_kind("unknown（不明）")
    ('canal', 'river', '')
    """
    return _first(words, _WATER)
