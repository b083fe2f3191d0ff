"""How a form is made of blocks, and how blocks are put on pages.

The pages of a form are made here and not by the program that renders them: the
builds of wkhtmltopdf break pages at different places, some of them through a row and
without repeating the head of a table. Text is therefore measured (on the wide side)
and wrapped beforehand, every row has the height that it was given, and each page is a
document of its own that knows its number. All lengths are millimetres.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache

POINT = 25.4 / 72
FONT_SIZE = 9.0
LATIN_LABEL_SIZE = 8.0
LEADING = 4.1
PADDING = 0.6
MIN_ROW = 6.0
TITLE = 5.0
SIGNATURE = 6.0
# the name of a signer, and what stands around it: a deputy's mark, the electronic mark
NAME_SIZE = 10.5
MARK = 12.5
DEPUTY = 13.0
# Latin words stay whole, Chinese breaks anywhere but after an opening bracket and
# before closing punctuation
OPENING = re.escape("([{（《「【“‘")
CLOSING = re.escape(")]},.;:!?%）》」】”’，。、；：！？")
TOKEN = re.compile(
    rf"\s|[{OPENING}]*(?:(?:(?![{OPENING}])[!-~\u00a1-\u024f])+|\S|(?=\s|$))[{CLOSING}]*"
)
# what is left free in a cell, for borders and the rounding of fonts
SLACK = 0.6


# the widest that a character is in Noto Serif CJK, Noto Sans CJK and SimSun, in em
LATIN = {
    0.50: " !\"'()*,-./:;?I[\\]fijlrstz{|}",
    0.58: "#$+0123456789<=>J^_aceghvxy~",
    0.66: "EFLPSTZ`bdkopqu",
    0.74: "ABCKRVXYhn",
    0.86: "&DGHNOQUw",
    1.00: "%@Mm",
    1.10: "W",
}
WIDTHS = {char: width for width, chars in LATIN.items() for char in chars}


@lru_cache(4096)
def char_width(char):
    """Return the width of a character in em, rather too wide than too narrow."""
    return 0.0 if unicodedata.combining(char) else WIDTHS.get(char, 1.0)


def text_width(text, size=FONT_SIZE):
    return sum(map(char_width, text)) * size * POINT


def wrap(text, width, size=FONT_SIZE):
    """Return the lines of a text in a cell of a width."""
    lines = []
    for paragraph in (text or "").replace("\r\n", "\n").replace("\t", " ").split("\n"):
        line, used = "", 0.0
        for token in filter(None, TOKEN.findall(paragraph)):
            wide = text_width(token, size)
            if used + wide > width and line.strip():
                lines.append(line.rstrip())
                line, used = "", 0.0
                if token.isspace():
                    continue
            if wide <= width:
                line, used = line + token, used + wide
                continue
            for char in token:  # longer than a whole line
                wide = text_width(char, size)
                if used + wide > width and line:
                    lines.append(line)
                    line, used = "", 0.0
                line, used = line + char, used + wide
        lines.append(line.rstrip())
    return lines


@dataclass
class Choice:
    """One of the alternatives of a choice, ticked or not."""

    text: str
    ticked: bool = False


@dataclass
class Cell:
    """One cell: a text or choices; a label is printed left of what it names."""

    text: str = ""
    label: bool = False
    span: int = 1
    align: str = ""
    choices: tuple = ()
    lines: list = field(default_factory=list)

    @property
    def is_small(self):
        """Return whether it is a label in a Latin script, which is set smaller."""
        return self.label and self.text.isascii()

    def fit(self, width):
        """Wrap the text into the width and return the height that it needs."""
        width -= 2 * PADDING + SLACK
        if self.choices:
            count, used = 1, 0.0
            for choice in self.choices:
                wide = min(text_width(choice.text) + 5.6, width)
                if used and used + wide > width:
                    count, used = count + 1, 0.0
                used += wide
        else:
            size = LATIN_LABEL_SIZE if self.is_small else FONT_SIZE
            self.lines = wrap(self.text, width, size)
            self.text = "\n".join(self.lines)
            count = len(self.lines)
        return count * LEADING + 2 * PADDING + 0.4

    def cut(self, count):
        """Return the cell with its first lines, and the one with the rest."""
        first, rest = self.lines[:count], self.lines[count:]
        return (
            replace(self, lines=first, text="\n".join(first)),
            replace(self, lines=rest, text="\n".join(rest)),
        )


@dataclass
class Row:
    cells: list
    head: bool = False
    height: float = 0.0

    def fit(self, widths):
        index, height = 0, MIN_ROW
        for cell in self.cells:
            height = max(height, cell.fit(sum(widths[index : index + cell.span])))
            index += cell.span
        self.height = max(self.height, height)

    def split(self, room):
        """Split a row that is higher than a page."""
        count = max(int((room - 2 * PADDING - 0.4) / LEADING), 1)
        halves = [cell.cut(count) for cell in self.cells]
        rest = max(len(half.lines) for _first, half in halves) * LEADING + 2 * PADDING + 0.4
        return (
            Row([first for first, _half in halves], height=room),
            Row([half for _first, half in halves], height=max(rest, MIN_ROW)),
        )


@dataclass
class Grid:
    """Rows of cells; the head rows are repeated on every page."""

    widths: list
    rows: list
    heads: list = field(default_factory=list)
    # rows at the end that never stand alone at the top of a page
    tail: int = 0
    kind: str = "grid"

    def __post_init__(self):
        for row in self.heads + self.rows:
            row.fit(self.widths)

    @property
    def height(self):
        return sum(row.height for row in self.heads + self.rows)

    def split(self, room, full):
        """Return what fits into the room, and the rest; (None, self) when nothing does."""
        room -= sum(row.height for row in self.heads)
        full -= sum(row.height for row in self.heads)
        taken, used = 0, 0.0
        while taken < len(self.rows) and used + self.rows[taken].height <= room:
            used += self.rows[taken].height
            taken += 1
        if taken == len(self.rows):
            return self, None
        if taken < len(self.rows) and self.rows[taken].height > full and room - used > 20:
            first, rest = self.rows[taken].split(room - used)
            rows = self.rows[:taken] + [first], [rest] + self.rows[taken + 1 :]
            return replace(self, rows=rows[0], tail=0), replace(self, rows=rows[1])
        if self.tail:
            taken = min(taken, len(self.rows) - self.tail - 1)
        if taken < 1:
            return None, self
        return (
            replace(self, rows=self.rows[:taken], tail=0),
            replace(self, rows=self.rows[taken:]),
        )


@dataclass
class Signature:
    """Who signed a step, as the evidence has it; empty for a pen while it is open."""

    label: str
    name: str = ""
    day: str = ""
    deputy: bool = False
    skipped: bool = False
    note: str = ""
    # the name in a cell that is too narrow for one line
    lines: list = field(default_factory=list)


@dataclass
class Opinion:
    """A block of text with the signature of that block inside."""

    title: str
    text: str = ""
    signature: Signature | None = None
    lines: list = field(default_factory=list)

    def cut(self, start, stop):
        lines = self.lines[start:stop] or [""]
        return replace(self, lines=lines, text="\n".join(lines))


@dataclass
class Opinions:
    """One block of text across the page, or several side by side."""

    cells: list
    width: float
    min_height: float = 20.0
    height: float = 0.0
    kind: str = "opinions"

    def __post_init__(self):
        for cell in self.cells:
            if not cell.lines:
                cell.lines = wrap(cell.text, self.width / len(self.cells) - 3.5)
                cell.text = "\n".join(cell.lines)
        needed = max(
            TITLE + len(cell.lines) * LEADING + (SIGNATURE if cell.signature else 0) + 1.5
            for cell in self.cells
        )
        self.height = max(self.min_height, needed)

    def tighten(self):
        """Give up some of the empty space for the pen."""
        return replace(self, min_height=self.min_height * 0.75)

    def split(self, room, full):
        if self.height <= room:
            return self, None
        if self.height <= full or room < 25:
            return None, self
        count = int((room - TITLE - 1.5) / LEADING)
        first = [cell.cut(0, count) for cell in self.cells]
        rest = [cell.cut(count, None) for cell in self.cells]
        for cell in first:
            cell.signature = None
        return replace(self, cells=first), replace(self, cells=rest)


@dataclass
class Signatures:
    """The row of signatures: equal cells, the last thing on the last page.

    Where a name doesn't fit into its cell, the names of the whole row are set smaller
    and wrapped.
    """

    cells: list
    height: float = 16.0
    width: float = 0.0
    narrow: bool = False
    kind: str = "signatures"

    def __post_init__(self):
        room = self.width / len(self.cells) - 2.4 - SLACK
        signed = [cell for cell in self.cells if cell.name]
        self.narrow = bool(self.width) and any(
            text_width(cell.name, NAME_SIZE) + MARK + (DEPUTY if cell.deputy else 0) > room
            for cell in signed
        )
        if self.narrow:
            for cell in signed:
                cell.lines = wrap(cell.name, room - (DEPUTY if cell.deputy else 0))
                if text_width(cell.lines[-1]) + MARK > room:
                    cell.lines.append("")
                self.height = max(self.height, 10.2 + LEADING * len(cell.lines))

    def split(self, room, full):
        return (self, None) if self.height <= room else (None, self)


@dataclass
class Photographs:
    """Photographs side by side, each under its caption; they are never cut.

    :param pictures: [(caption, data URI)]
    """

    pictures: list
    height: float = 76.0
    kind: str = "photographs"

    def split(self, room, full):
        return (self, None) if self.height <= room else (None, self)


@dataclass
class PageBreak:
    """What follows begins on a new page."""

    height: float = 0.0
    kind: str = "break"

    def split(self, room, full):
        return (self, None) if room == full else (None, self)


def paginate(blocks, room):
    """Put blocks on pages of which each has the same room; return lists of blocks.

    A form that is only just too long gives up empty space rather than begin a page.
    """
    pages = _fill(blocks, room)
    if len(pages) > 1:
        tight = [block.tighten() if block.kind == "opinions" else block for block in blocks]
        closer = _fill(tight, room)
        if len(closer) < len(pages):
            return closer
    return pages


def _fill(blocks, room):
    pages, page, left = [], [], room
    for block in blocks:
        while block:
            part, rest = block.split(left, room)
            if part is None and not page:
                part, rest = block, None
            if part is not None:
                page.append(part)
                left -= part.height
            if part is None or rest is not None:
                pages.append(page)
                page, left = [], room
            block = rest
    return pages + [page]
