"""Charts as SVG that stands in a page: text stays text, and screen readers get a title and a description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Literal

from lxml import etree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_WIDTH = 5.3
"""In inches of 72 units: narrow enough that its text is still readable on a telephone."""
_TEXT, _GRID = "#1c2733", "#d5dce3"
_COLOURS = ("#1b5e8c", "#d9822b")
_HATCHES = ("", "///")
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
"""To which side of the first and the last point its words stand: inside the chart."""
_BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
_drawing = Lock()
"""matplotlib keeps caches that threads share."""


@dataclass(frozen=True)
class Series:
    """Values along an axis, None where one is hidden or there is none; texts: how people read them."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]


@dataclass(frozen=True)
class Titled:
    """What a chart is called and what it shows, in Dutch; `id` is unique in its page."""

    id: str
    title: str
    about: str


def bars(titled: Titled, labels: Sequence[str], series: Series) -> str:
    """A bar for each label, from above to below, with its value in words behind it."""
    with _drawing:
        figure, axes = _figure(0.3 + 0.34 * len(labels))
        lengths = [value or 0 for value in series.values]
        axes.barh(range(len(labels)), lengths, height=0.62, color=_COLOURS[0])
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        for number, (length, text) in enumerate(zip(lengths, series.texts, strict=True)):
            axes.annotate(text, (length, number), (4, 0), textcoords="offset points", va="center", color=_TEXT)
        axes.set_xlim(min(0, *lengths), (max(0, *lengths) or 1) * 1.22)
        axes.xaxis.set_visible(False)
        _only(axes, "left")
        return _svg(figure, titled)


def lines(titled: Titled, labels: Sequence[str], series: Series) -> str:
    """A line over the labels, from left to right, broken where a value is hidden; first and last value in words."""
    with _drawing:
        figure, axes = _figure(2.7)
        values = [float("nan") if value is None else value for value in series.values]
        axes.plot(range(len(labels)), values, color=_COLOURS[0], marker="o", linewidth=2, markersize=5)
        known = [number for number, value in enumerate(series.values) if value is not None]
        for number, side in zip((*known[:1], *known[1:][-1:]), _SIDES, strict=False):
            place = (number, values[number])
            axes.annotate(
                series.texts[number], place, (0, 8), textcoords="offset points", ha=side, color=_TEXT, bbox=_BEHIND
            )
        axes.margins(x=0.06)
        axes.set_ylim(0, (max((values[number] for number in known), default=0) or 1) * 1.2)
        _along(axes, labels)
        return _svg(figure, titled)


def columns(titled: Titled, labels: Sequence[str], some: Sequence[Series]) -> str:
    """Columns beside each other for each label, told apart by colour and by hatching."""
    with _drawing:
        figure, axes = _figure(3)
        width = 0.8 / len(some)
        for number, series in enumerate(some):
            left = [place - 0.4 + width * (number + 0.5) for place in range(len(labels))]
            heights = [value or 0 for value in series.values]
            drawn = axes.bar(left, heights, width, label=series.name, color=_COLOURS[number], edgecolor="white")
            for column, value, text, place in zip(drawn, series.values, series.texts, left, strict=True):
                column.set_hatch(_HATCHES[number])
                if value is None:
                    axes.annotate(text, (place, 0), (0, 3), textcoords="offset points", ha="center", color=_TEXT)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(some), frameon=False, borderpad=0)
        _along(axes, labels)
        return _svg(figure, titled)


def _figure(height: float) -> tuple[Figure, Axes]:
    # matplotlib takes half a second to import, and a hub of which nobody looks at figures never needs it.
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "ijwhub"
    matplotlib.rcParams["text.parse_math"] = False
    matplotlib.rcParams["font.size"] = 12
    matplotlib.rcParams["font.sans-serif"] = ["DejaVu Sans"]
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(length=0, colors=_TEXT, labelsize="medium")
    return figure, axes


def _along(axes: Axes, labels: Sequence[str]) -> None:
    """Label the axis, but no more densely than can be read, the last one always."""
    from matplotlib.ticker import MaxNLocator

    step = -(-len(labels) // 6)
    places = range(len(labels) - 1, -1, -step)
    axes.set_xticks(list(places), [labels[place].replace(" ", "\n") for place in places])
    axes.yaxis.grid(visible=True, color=_GRID)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace(",", "."))
    _only(axes, "bottom")


def _only(axes: Axes, side: str) -> None:
    for name, spine in axes.spines.items():
        spine.set_visible(name == side)
        spine.set_color(_GRID)


def _svg(figure: Figure, titled: Titled) -> str:
    written = BytesIO()
    figure.savefig(
        written, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
    )
    root = etree.fromstring(written.getvalue(), etree.XMLParser(no_network=True, resolve_entities=False))
    for unneeded in root.findall(f".//{{{_SVG}}}metadata") + root.findall(f".//{{{_SVG}}}style/.."):
        root.remove(unneeded)
    _tell_apart(root, titled.id)
    _describe(root, titled)
    return etree.tostring(root, encoding="unicode")


def _tell_apart(root: etree._Element, prefix: str) -> None:
    """Ids are unique in a page, which has several charts."""
    for element in root.iter():
        if (id := element.get("id")) is not None:
            element.set("id", f"{prefix}-{id}")
        if (link := element.get(f"{{{_XLINK}}}href")) is not None:
            element.set(f"{{{_XLINK}}}href", f"#{prefix}-{link[1:]}")
        if (clip := element.get("clip-path")) is not None:
            element.set("clip-path", clip.replace("url(#", f"url(#{prefix}-"))
        if "url(#" in (style := element.get("style") or ""):
            element.set("style", style.replace("url(#", f"url(#{prefix}-"))


def _describe(root: etree._Element, titled: Titled) -> None:
    title, about = etree.Element(f"{{{_SVG}}}title"), etree.Element(f"{{{_SVG}}}desc")
    title.text, about.text = titled.title, titled.about
    title.set("id", f"{titled.id}-title")
    about.set("id", f"{titled.id}-desc")
    root.insert(0, about)
    root.insert(0, title)
    root.set("role", "img")
    root.set("aria-labelledby", f"{titled.id}-title")
    root.set("aria-describedby", f"{titled.id}-desc")
    for size in ("width", "height"):
        root.attrib.pop(size)
