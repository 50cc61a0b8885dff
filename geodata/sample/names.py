"""Names of the sample city: plain words of landscape, put together so that they mean no real place or person."""

from __future__ import annotations

CITY, CITY_ENGLISH = "川辺市", "Kawabe"

# quarters of the town at its default size, by band from south to north and from west to east
QUARTERS = (
    (("南川原", "Minami-kawara"), ("向島町", "Mukojima-cho"), ("新田", "Shinden")),
    (("上川端町", "Kami-kawabata-cho"), ("川端町", "Kawabata-cho"), ("水門町", "Suimon-cho")),
    (("西駅前町", "Nishi-ekimae-cho"), ("本町", "Hon-machi"), ("沖田町", "Okita-cho")),
    (("上の台", "Uenodai"), ("若葉台", "Wakabadai"), ("東が丘", "Higashigaoka")),
)
FIRST = (
    ("柳", "Yanagi"),
    ("桜", "Sakura"),
    ("松", "Matsu"),
    ("竹", "Take"),
    ("梅", "Ume"),
    ("葦", "Ashi"),
    ("鷺", "Sagi"),
    ("鶴", "Tsuru"),
    ("舟", "Funa"),
    ("橋", "Hashi"),
    ("水", "Mizu"),
    ("石", "Ishi"),
    ("白", "Shira"),
    ("青", "Ao"),
    ("朝日", "Asahi"),
    ("緑", "Midori"),
    ("千鳥", "Chidori"),
    ("稲", "Ina"),
    ("麦", "Mugi"),
    ("榎", "Enoki"),
)
SECOND = (
    ("原", "hara"),
    ("田", "da"),
    ("瀬", "se"),
    ("島", "jima"),
    ("崎", "zaki"),
    ("ケ丘", "gaoka"),
    ("台", "dai"),
    ("谷", "ya"),
    ("沢", "sawa"),
    ("浜", "hama"),
    ("塚", "zuka"),
    ("里", "sato"),
)
SCHOOLS = ("第一", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "第九")
CARE_HOMES = (
    ("せせらぎ", "Seseragi"),
    ("ひだまり", "Hidamari"),
    ("やすらぎの里", "Yasuragi-no-sato"),
    ("なのはな", "Nanohana"),
    ("こもれび", "Komorebi"),
    ("ゆうなぎ", "Yunagi"),
    ("みのり", "Minori"),
    ("さざなみ", "Sazanami"),
)
CLINICS = (
    ("内科医院", "internal medicine clinic"),
    ("整形外科", "orthopaedic clinic"),
    ("こどもクリニック", "children's clinic"),
    ("眼科", "eye clinic"),
    ("透析クリニック", "dialysis clinic"),
)


def quarter(number: int, band: int, place: int, *, default: bool) -> tuple[str, str]:
    """Japanese and romanised name of a quarter.

    Examples
    --------
    >>> quarter(0, 1, 1, default=True)
    ('川端町', 'Kawabata-cho')
    >>> quarter(27, 9, 9, default=False)
    ('鶴島町', 'Tsurujima-cho')
    """
    if default:
        return QUARTERS[band][place]
    # 20 × 12 pairs, each once: the numbers below 60 pair up by remainder, every further 60 shift the second word by one
    first, second = FIRST[number % len(FIRST)], SECOND[(number + number // 60) % len(SECOND)]
    again = number // (len(FIRST) * len(SECOND))
    suffix, english = (("町", "-cho"), ("東町", "-higashi-cho"), ("西町", "-nishi-cho"), ("新町", "-shin-machi"))[again % 4]
    return first[0] + second[0] + suffix, first[1] + second[1] + english
