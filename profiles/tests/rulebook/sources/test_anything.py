"""What holds for every file, and how time grows with its size."""

import gc
import random
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiles.rulebook.sources.compare import compare
from profiles.rulebook.sources.model import SourceDocument, as_json
from profiles.rulebook.sources.model_spec import MalformedSource, read
from profiles.rulebook.sources.remarks import Remark
from profiles.rulebook.sources.words import words
from profiles.tests.rulebook.sources.papers import OLDER, of

in_peace = settings(deadline=None)  # a busy machine is no fault of the code
PIECES = [
    *("# A {#a}\n", "## B {#b authority=root}\n", "### C {#c tags=x,y}\n", "# A", "#", "{#", "}", " {#d x='1'}\n"),
    *("**Example**: x\n", "~~~xml\n", "~~~\n", "```\n", "~~~", "`", "<user>\n", "</user>\n", "</assistant>\n"),
    *("<assistant> <!-- BAD[#a]: no -->\n", "<comparison>\n", "</comparison>\n", "*<", "<!--", "-->", "&lt;"),
    *('!!! meta "Commentary"\n', "    text\n", "[?](#b)", "[^abcd]", "](#", "\n", "\r\n", "\t", "\ufeff", "\x00"),
    *("\x07", "===\n", "words ", "é"),
]
DOCUMENT = st.lists(st.sampled_from(PIECES), max_size=40).map(lambda pieces: "".join(pieces).encode())
TAIL = st.text(st.sampled_from("\ufeff\r\n a"), max_size=3)
DATA = st.one_of(st.binary(max_size=200), DOCUMENT, DOCUMENT.map(lambda data: b"# First {#first}\n" + data))


class TestEveryFile:
    @given(DATA)
    @example(b"# A {#a}\n~~~xml\n<user")
    @settings(in_peace, max_examples=400)
    def test_is_read_or_refused_with_problems_that_have_lines(self, data):
        found = outcome(data)
        if isinstance(found, SourceDocument):
            names = [section.id for section in found.sections]
            assert len(set(names)) == len(names) > 0
            places = [[one.section for one in part] for part in (found.examples, found.commentary, found.links)]
            assert {name for part in places for name in part} <= set(names)
            assert {section.parent for section in found.sections} <= {None, *names}
            assert compare(found, found).is_empty
            assert as_json(found)["digest"] == found.digest
        else:
            assert 1 <= len(found) <= 51
            assert found == sorted(found, key=lambda one: one.line)
            assert 1 <= found[0].line <= found[-1].line <= data.count(b"\n") + data.count(b"\r") + 1

    @given(DATA)
    @in_peace
    def test_is_read_the_same_way_twice(self, data):
        assert outcome(data) == outcome(data)

    @given(TAIL, TAIL)
    @in_peace
    def test_has_a_digest_that_changes_if_and_only_if_its_bytes_do(self, one, other):
        first, second = (of("# First {#first}", tail) for tail in (one, other))
        assert (first.digest == second.digest) == (one == other)


def outcome(data: bytes) -> SourceDocument | list[Remark]:
    """What is read, or why it is not."""
    try:
        return read(data)
    except MalformedSource as refusal:
        return refusal.problems


# Growth. A file four times as long may take four times as long, and some more on a busy machine; where time grew with
# the square of the length it would be sixteen times.

ONCE, FOUR_TIMES, TOO_MUCH = 1, 4, 9


def grows_as_its_input(run: Callable[[int], Callable[[], object]]) -> bool:
    """Whether time grows no faster than input. ``run(size)`` prepares a call for that size, and does not count."""
    for _ in range(3):  # a single unlucky measurement proves nothing
        small, large = (seconds(run(size)) for size in (ONCE, FOUR_TIMES))
        if large < TOO_MUCH * small + 0.005:
            return True
    return False


def seconds(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        gc.disable()  # what others left behind is not to be counted
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
        gc.enable()
    return best


def repeated(piece: str, length: int = 20_000, before: str = "# A {#a}\n", after: str = "") -> Callable[[int], bytes]:
    """A file of ``length`` bytes or its multiple, made of one piece."""
    return lambda size: (before + piece * (length * size // len(piece)) + after).encode()


def talked(piece: str, before: str = "", after: str = "") -> Callable[[int], bytes]:
    return repeated(piece, before="# A {#a}\n**Example**: x\n~~~xml\n" + before, after=after + "\n~~~\n")


LONG = 200_000  # for what is quick to read
HOSTILE = {
    "headings": lambda size: "".join(f"## T {{#s{n} authority=root}}\n" for n in range(500 * size)).encode(),
    "nested headings": lambda size: "".join(f"{'#' * (n % 6 + 1)} T {{#s{n}}}\n" for n in range(500 * size)).encode(),
    "the same id": repeated("# T {#a}\n"),
    "hashes": repeated("#", LONG),
    "hashes alone": repeated("#", LONG, before=""),
    "lines of one hash": repeated("#\n"),
    "one line": repeated("a", LONG),
    "spaces": repeated(" ", LONG),
    "spaces in a heading": repeated(" ", LONG, before="#", after="x {#y"),
    "braces": repeated("{#", LONG, before="# "),
    "braces that close": repeated("{", LONG, before="# ", after="}"),
    "attributes": repeated(" a=b", LONG, before="# T {#a", after="}"),
    "attributes that end badly": repeated("a", LONG, before="# T {#a ", after="}"),
    "quotes": repeated('"', LONG, before="# T {#a b=", after="}"),
    "backticks": repeated("`", LONG),
    "fences of backticks": repeated("```\n"),
    "fences that open": repeated("~~~xml\n"),
    "tildes": repeated("~", LONG),
    "boxes": repeated('!!! meta "Commentary"\n\n'),
    "a box without end": repeated("\n", before='# A {#a}\n!!! meta "Commentary"\n', after="    x"),
    "spaces in a box": repeated(" ", LONG, before="# A {#a}\n!!! a", after='"'),
    "blank lines": repeated("\n"),
    "carriage returns": repeated("\r"),
    "control characters": repeated("\x01\n"),
    "titles": repeated("**Example**: x\n"),
    "footnotes": repeated("[^abcd]"),
    "footnotes that do not end": repeated("[^a", LONG),
    "references": repeated("[x](#y)"),
    "references that do not end": repeated("[](#a", LONG),
    "code that does not end": repeated("`[^a", LONG),
    "combining marks": repeated("\u0315\u0300"),
    "messages that nobody closes": talked("<user>\n"),
    "messages that nobody opens": talked("</user>\n"),
    "messages in disorder": talked("<user>\n<tool>\n</user>\n"),
    "verdicts": talked("<user> <!-- BAD[#z] -->\n</user>\n"),
    "comparisons": talked("<comparison>\n"),
    "asterisks": talked("*<user>\n"),
    "attributes of a tag": talked(' a="b"', before="<user"),
    "a name of an attribute": talked("a", before="<user "),
    "spaces in a tag": talked(" ", before="<user", after="x"),
    "comments": talked("<!--", before="<user>"),
    "spaces in a verdict": talked(" ", before="<user><!-- BAD", after="x-->"),
    "signs": talked("<"),
    "closing signs": talked("</a"),
    "escapes": talked("&lt;", before="<user>", after="</user>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_to_read_grows_as_the_file(name):
    def run(size: int) -> Callable[[], object]:
        data = HOSTILE[name](size)
        return lambda: outcome(data)

    assert grows_as_its_input(run)


def vocabulary(count: int, length: int, separator: str = " ") -> str:
    chance = random.Random(count * length)
    return separator.join(f"w{chance.randrange(count)}" for _ in range(length))


TEXTS: dict[str, Callable[[int], tuple[str, str]]] = {
    "one word": lambda n: ("the " * 4000 * n, "the " * 2500 * n + "x " + "the " * 1000 * n),
    "two words": lambda n: (vocabulary(2, 4000 * n), vocabulary(2, 3500 * n)),
    "a small language": lambda n: (vocabulary(300, 4000 * n), vocabulary(300, 3500 * n)),
    "a large language": lambda n: (vocabulary(5000, 4000 * n), vocabulary(5000, 3500 * n)),
    "small paragraphs": lambda n: (vocabulary(3, 4000 * n, "\n\n"), vocabulary(3, 3500 * n, "\n\n")),
    "other paragraphs": lambda n: (vocabulary(9**9, 4000 * n, "\n\n"), vocabulary(9**9, 3500 * n, "\n\n")),
    "the reverse": lambda n: (" ".join(map(str, range(4000 * n))), " ".join(map(str, range(4000 * n, 0, -1)))),
    "every second word": lambda n: (" ".join(map(str, range(4000 * n))), " ".join(map(str, range(0, 4000 * n, 2)))),
    "dots": lambda n: ("." * 20_000 * n, ".," * 10_000 * n),
    "long words": lambda n: ("a" * LONG * n, "b" * LONG * n),
    "blanks": lambda n: (" \n" * 50_000 * n, "\n" * 100_000 * n),
}


@pytest.mark.parametrize("name", TEXTS)
def test_time_to_mark_words_grows_as_the_texts(name):
    def run(size: int) -> Callable[[], object]:
        old, new = TEXTS[name](size)
        return lambda: words(old, new)

    assert grows_as_its_input(run)


def test_time_to_compare_grows_as_the_documents():
    def run(size: int) -> Callable[[], object]:
        old, new = (
            of(*(f"# T {{#{letter}{n}}}\nText {n} about the boats of {letter}." for n in range(300 * size)))
            for letter in "ab"
        )
        return lambda: compare(old, new)

    assert grows_as_its_input(run)


def test_five_thousand_lines_take_a_moment():
    copies = 5000 // OLDER.count(b"\n") + 1
    data = b"".join(re.sub(rb"\{#(\w+)", rb"{#n%d_\1" % n, OLDER) for n in range(copies))
    assert data.count(b"\n") >= 5000
    assert len(read(data).sections) == 9 * copies
    assert seconds(lambda: read(data)) < 2
