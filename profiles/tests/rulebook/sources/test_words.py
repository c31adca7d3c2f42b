"""What changed within a text, word by word."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiles.rulebook.sources.alignment import aligned
from profiles.rulebook.sources.words import Op, words

in_peace = settings(deadline=None)  # a busy machine is no fault of the code
TEXT = st.text(st.sampled_from("ab .,\n\té’"), max_size=60)
ITEMS = st.lists(st.integers(0, 3), max_size=12)


def marked(old: str, new: str) -> str:
    """The runs on one line: [-removed-] and [+added+]."""
    marks = {Op.SAME: "{}", Op.REMOVED: "[-{}-]", Op.ADDED: "[+{}+]"}
    return "".join(marks[run.op].format(run.text) for run in words(old, new))


class TestWords:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("", "", ""),
            ("same", "same", "same"),
            ("", "new", "[+new+]"),
            ("old", "", "[-old-]"),
            ("ten metres off", "twenty metres off", "[-ten-][+twenty+] metres off"),
            ("stop here", "stop right here", "stop [+right +]here"),
            ("stop right here", "stop here", "stop [-right -]here"),
            ("it ends.", "it ends!", "it ends[-.-][+!+]"),
            ("I don't know", "I do know", "I [-don't-][+do+] know"),
            ("it's late", "it is late", "[-it's-][+it is+] late"),
            ("we sail. Now eat", "we sail fast. But Now eat", "we sail[+ fast+].[+ But+] Now eat"),
            ("we sail fast. But Now eat", "we sail. Now eat", "we sail[- fast-].[- But-] Now eat"),
            ("a short, bad day at sea", "a long, good day at sea", "a [-short, bad-][+long, good+] day at sea"),
            ("one two three four", "one, two, three four", "one[+,+] two[+,+] three four"),
        ],
    )
    def test_are_marked_within_a_paragraph(self, old, new, expected):
        assert marked(old, new) == expected

    def test_stay_together_where_a_paragraph_was_rewritten(self):
        old, new = "Tie every knot twice and check the first.", "No lamp is lit after ten, the moon excepted."
        assert marked(old, new) == f"[-{old}-][+{new}+]"

    def test_are_compared_with_the_paragraph_they_came_from(self):
        old = "A first one about the harbour.\n\nThe last one about the ships."
        new = "Something else came before.\n\nA first one about that harbour.\n\nThe last one about all the ships."
        assert marked(old, new) == (
            "[+Something else came before.\n\n+]A first one about [-the-][+that+] harbour.\n\n"
            "The last one about [+all +]the ships."
        )

    def test_of_new_paragraphs_are_one_run_each(self):
        assert marked("a\n\nb", "a\n\nnew words\n\nb") == "a\n\n[+new words\n\n+]b"
        assert marked("a\n\ngone words\n\nb", "a\n\nb") == "a\n\n[-gone words\n\n-]b"

    def test_show_where_a_paragraph_was_appended(self):
        assert marked("a", "a\n\nb") == "a[+\n\nb+]"


class TestLaws:
    @given(TEXT, TEXT)
    @example("a\n\n\n", "a\n \nb")
    @in_peace
    def test_runs_make_both_texts(self, old, new):
        runs = words(old, new)
        assert "".join(run.text for run in runs if run.op != Op.ADDED) == old
        assert "".join(run.text for run in runs if run.op != Op.REMOVED) == new

    @given(TEXT, TEXT)
    @in_peace
    def test_runs_are_not_empty_and_differ_from_their_neighbours(self, old, new):
        runs = words(old, new)
        assert all(run.text for run in runs)
        assert all(a.op != b.op for a, b in pairwise(runs))

    @given(TEXT, TEXT)
    @in_peace
    def test_what_was_removed_comes_before_what_took_its_place(self, old, new):
        runs = words(old, new)
        assert (Op.ADDED, Op.REMOVED) not in [(a.op, b.op) for a, b in pairwise(runs)]

    @given(TEXT)
    @in_peace
    def test_equal_texts_are_one_run(self, text):
        assert words(text, text) == ([(Op.SAME, text)] if text else [])


class TestAlignment:
    @given(ITEMS, ITEMS)
    @in_peace
    def test_is_a_longest_common_subsequence(self, old, new):
        pairs = aligned(old, new)
        assert all(old[x] == new[y] for x, y in pairs)
        assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
        assert len(pairs) == longest(old, new)

    @given(st.lists(st.integers(0, 40), max_size=60), st.lists(st.integers(0, 40), max_size=60))
    @in_peace
    def test_of_long_stretches_is_still_an_alignment(self, old, new):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("profiles.rulebook.sources.alignment.AREA", 4)
            pairs = aligned(old, new)
        assert all(old[x] == new[y] for x, y in pairs)
        assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))

    def test_of_long_stretches_goes_by_what_occurs_once(self):
        repeated = [n for n in range(6000) for _ in "ab"]
        old = [-n if place % 1000 == 0 else n for place, n in enumerate(repeated, 1)]
        new = [*old[:100], -1, *old[100:]]
        new[-100] = -2
        assert len(aligned(old, new)) == len(old) - 1


def longest(old, new):
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for x, a in enumerate(old):
        for y, b in enumerate(new):
            table[x + 1][y + 1] = table[x][y] + 1 if a == b else max(table[x][y + 1], table[x + 1][y])
    return table[-1][-1]
