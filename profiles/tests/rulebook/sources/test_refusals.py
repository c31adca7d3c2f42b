"""Which files are refused, at which line, and what the refusal says."""

import pytest

from profiles.rulebook.sources.model_spec import MAX_BYTES, MAX_LINES, MalformedSource, read
from profiles.tests.rulebook.sources.papers import OLDER, problems, problems_of

A = "# A {#a}"


class TestFiles:
    def test_of_more_than_five_megabytes_are_refused_unread(self):
        data = b"\0" * (MAX_BYTES + 1)
        assert problems_of(data) == [(1, "The file has 5,000,001 bytes; at most 5,000,000 are read.")]

    def test_of_five_megabytes_are_read(self):
        assert read(OLDER + b" " * (MAX_BYTES - len(OLDER))).sections

    def test_of_too_many_lines_are_refused(self):
        data = A.encode() + b"\n" * (MAX_LINES + 1)
        assert problems_of(data) == [(200_001, "The file has 200,001 lines; at most 200,000 are read.")]
        assert read(data[:-1]).sections

    def test_that_are_binary_are_refused_at_the_line_of_the_first_nul(self):
        expected = [(2, "Byte 12 of the file is NUL: this is not a text in UTF-8.")]
        assert problems_of(A.encode() + b"\nab\0c\0") == expected

    def test_in_utf_16_are_refused_as_binary(self):
        assert problems_of(A.encode("utf-16"))[0][0] == 1

    def test_that_are_not_utf_8_are_refused_with_line_and_byte(self):
        expected = [(3, "Byte 4 of this line, 0xE9, is not UTF-8. Save the file in that encoding.")]
        assert problems_of(A.encode() + b"\n\nCaf\xe9 au lait\n") == expected
        assert problems_of(b"\xef\xbb\xbf\xff")[0] == (
            1,
            "Byte 1 of this line, 0xFF, is not UTF-8. Save the file in that encoding.",
        )

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\n\n",
            "\ufeff",
            "<!DOCTYPE html>\n<html><body>\n<h1 id='a'>A</h1>\n</body></html>\n",
            "# A readme\n\nSome text.\n\n## Install\n",
            "Just a sentence.",
            "```\n# A {#a}\n```",
            '!!! meta "Commentary"\n    # A {#a}',
        ],
    )
    def test_without_any_section_are_refused_with_one_sentence(self, text):
        expected = [(1, "No heading has an id, such as '# Overview {#overview}': this is no source document.")]
        assert problems_of(text.encode()) == expected

    @pytest.mark.parametrize(
        ("character", "name"),
        [("\x07", "U+0007"), ("\x1b", "U+001B"), ("\x0c", "U+000C"), ("\x7f", "U+007F"), ("\x85", "U+0085")],
    )
    def test_with_control_characters_are_refused(self, character, name):
        assert problems(A, "ab" + character) == [(2, f"The control character {name} is not allowed here.")]

    def test_with_tabs_and_invisible_spaces_are_read(self):
        assert problems(A, "a\tb\u00a0c\u200bd\u200d\u2028e") == []


class TestHeadings:
    @pytest.mark.parametrize(
        "heading", ["## B", "##", "## B {}", "## Set {x, y}", "## B {authority=root}", "   ###### B"]
    )
    def test_without_an_id_are_refused(self, heading):
        assert problems(A, "", heading) == [(3, "This heading has no id; every heading needs one, such as {#some_id}.")]

    def test_with_the_id_of_another_are_refused_and_both_lines_named(self):
        assert problems(A, "## B {#b}", "# C {#a}", "# D {#a}") == [
            (3, "Line 1 has the id a already; ids are unique."),
            (4, "Line 1 has the id a already; ids are unique."),
        ]

    @pytest.mark.parametrize("name", ["Over", "o-verview", "café", "", "a.b", "a/b"])
    def test_with_another_id_than_letters_digits_and_underscores_are_refused(self, name):
        assert problems(A, f"# B {{#{name}}}") == [
            (2, f"The id {name!r} may only have lower-case letters a to z, digits and underscores.")
        ]

    @pytest.mark.parametrize(
        ("heading", "sentence"),
        [
            ("# B {#b authority=root", "One attribute list, closed with '}', must end the heading."),
            ("# B {#b} authority=root", "One attribute list, closed with '}', must end the heading."),
            ("# B {#b}}", "One attribute list, closed with '}', must end the heading."),
            ("# B {#b} {#c}", "One attribute list, closed with '}', must end the heading."),
            ("# B {#b authority}", "In the attribute list, 'authority' is neither #id nor key=value."),
            ("# B {#b authority=}", "In the attribute list, 'authority=' is neither #id nor key=value."),
            ("# B {#b authority = root}", "In the attribute list, 'authority = root' is neither #id nor key=value."),
            (
                "# B {#b, authority=root}",
                "The id 'b,' may only have lower-case letters a to z, digits and underscores.",
            ),
            ("# B {#b .class}", "In the attribute list, '.class' is neither #id nor key=value."),
            ('# B {#b authority="root}', "In the attribute list, 'authority=\"root' is neither #id nor key=value."),
            ("# B {#b #c}", "This heading has two ids, 'b' and 'c'; one is allowed."),
            (
                "# B {#b authority=root authority=user}",
                "The attribute 'authority' is given twice; one of the two must go.",
            ),
            ("# {#b}", "This heading has an id, but no title."),
            ("#B {#b}", "A heading is one to six '#', a space, a title and an id; this one is not."),
            ("####### B {#b}", "A heading is one to six '#', a space, a title and an id; this one is not."),
            ("# B {#" + "b" * 101 + "}", "The id of this heading has 101 characters; at most 100 are read."),
            ("# " + "B" * 501 + " {#b}", "The title of this heading has 501 characters; at most 500 are read."),
        ],
    )
    def test_with_a_malformed_attribute_list_are_refused(self, heading, sentence):
        assert problems(A, heading) == [(2, sentence)]

    @pytest.mark.parametrize("lines", [("B", "==="), ("B {#b}", "---")])
    def test_that_are_underlined_are_refused(self, lines):
        assert problems(A, "", *lines) == [
            (3, "This heading is underlined; write it with '#' and an id, as the others are.")
        ]

    def test_are_refused_for_a_bad_id_even_where_no_other_has_one(self):
        assert [line for line, _ in problems("# A {#A}", "## B")] == [1, 2]


class TestFences:
    def test_that_are_never_closed_are_refused_where_they_open(self):
        assert problems(A, "", "~~~xml", "<user>Hi</user>", "# B {#b}") == [
            (3, "This fence is never closed; ~~~ on a line of its own would close it.")
        ]

    def test_that_are_closed_by_the_wrong_marker_are_refused_where_they_open(self):
        assert problems(A, "~~~xml", "<user>Hi</user>", "```", "# B {#b}") == [
            (
                2,
                "This fence is never closed; ~~~ on a line of its own would close it. "
                "Line 4 does not close it: the markers differ.",
            )
        ]
        assert problems(A, "```", "code", "~~~")[0][1].endswith("Line 4 does not close it: the markers differ.")
        assert problems(A, "~~~~", "code", "~~~")[0][1].endswith("Line 4 does not close it: the markers differ.")

    @pytest.mark.parametrize("code", [["```", "code", "```"], ["```python", "code"], ["```python", "code", "```"]])
    def test_that_hold_code_are_not_said_to_have_the_wrong_marker(self, code):
        assert problems(A, "~~~xml", *code, "end") == [
            (2, "This fence is never closed; ~~~ on a line of its own would close it.")
        ]

    def test_that_are_open_where_the_next_one_opens_are_refused_and_the_rest_is_read(self):
        lines = ["~~~xml", "<user>Hi</user>", "```", "~~~xml", "<user>Hi</user>", "~~~", "# B"]
        assert problems(A, *lines) == [
            (2, "This fence is not closed before line 5 opens another. Line 4 does not close it: the markers differ."),
            (8, "This heading has no id; every heading needs one, such as {#some_id}."),
        ]

    @pytest.mark.parametrize(
        "lines",
        [
            ("~~~xml", "```python", "# x", "```", "~~~"),
            ("~~~xml", "   ```", "# x", "~~~"),
            ("~~~~", "~~~xml", "~~~", "~~~~~"),
            ("```` md", "```python", "```", "````"),
            ("  ~~~", "# x", " ~~~  "),
            ("``` not a fence ```",),
            ("~~", "``"),
        ],
    )
    def test_that_are_closed_are_read(self, lines):
        assert problems(A, *lines) == []


class TestTogether:
    def test_problems_are_reported_in_reading_order(self):
        found = problems("# A {#A}", "# B", "bell \x07", "# C {#c}", "# C {#c}", "~~~")
        assert [line for line, _ in found] == [1, 2, 3, 5, 6]

    def test_fifty_problems_are_listed_and_the_others_counted(self):
        found = problems(A, *["# B"] * 70)
        assert len(found) == 51
        assert found[-1] == (51, "There are 20 more remarks of this sort.")

    def test_a_refusal_reads_as_lines(self):
        with pytest.raises(MalformedSource) as refusal:
            read(b"# A\n# B {#b}\n# C")
        assert str(refusal.value) == (
            "line 1: This heading has no id; every heading needs one, such as {#some_id}.\n"
            "line 3: This heading has no id; every heading needs one, such as {#some_id}."
        )

    def test_what_is_quoted_is_short_and_safe_to_print(self):
        ((_, sentence),) = problems(A, "# B {#b " + "\u202e" + "x" * 300 + "}")
        assert sentence == "In the attribute list, '\\u202e" + "x" * 59 + "…' is neither #id nor key=value."
