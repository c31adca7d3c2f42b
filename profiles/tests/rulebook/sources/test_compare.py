"""What two revisions of a document differ in."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.rulebook.sources.compare import Difference, as_json, compare
from profiles.rulebook.sources.model_spec import read
from profiles.tests.rulebook.sources.papers import NEWER, OLDER, of

in_peace = settings(deadline=None)  # a busy machine is no fault of the code
difference = compare(read(OLDER), read(NEWER))


def between(old: str, new: str) -> Difference:
    """The difference of two documents that begin with the same section."""
    return compare(of("# First {#first}", old), of("# First {#first}", new))


class TestSections:
    def test_that_are_new_are_added_in_the_order_of_the_new_document(self):
        assert difference.added == ("young_sailors", "brevity")

    def test_that_are_gone_are_removed(self):
        assert difference.removed == ("radio_brevity",)

    def test_under_another_section_are_moved(self):
        assert difference.moved == (("no_guessing", "tides", "manner"),)

    def test_at_the_top_have_no_parent(self):
        assert between("## B {#b}", "# B {#b}").moved == (("b", "first", None),)

    def test_in_another_order_under_the_same_section_are_not_moved(self):
        assert between("## B {#b}\n## C {#c}", "## C {#c}\n## B {#b}").is_empty

    def test_under_a_parent_with_a_new_id_are_moved(self):
        found = between("# A {#a}\n## B {#b}", "# A {#c}\n## B {#b}")
        assert (found.moved, found.renamed) == ((("b", "a", "c"),), (("a", "c"),))


class TestRenames:
    """An id that went and one that came, with nearly the same words."""

    def test_are_candidates_and_hide_nothing(self):
        assert difference.renamed == (("radio_brevity", "brevity"),)
        assert "radio_brevity" in difference.removed
        assert "brevity" in difference.added

    def test_are_found_by_title_and_text(self):
        assert between("# B {#b}\nSome words.", "# B {#c}\nSome  words.").renamed == (("b", "c"),)

    def test_are_found_by_what_is_said_in_examples(self):
        talk = "**Example**: x\n~~~xml\n<user>Which of the piers has water, food and a bed?</user>\n~~~"
        assert between(f"# Old {{#b}}\n{talk}", f"# New {{#c}}\n{talk}").renamed == (("b", "c"),)

    def test_are_not_found_between_different_texts(self):
        old = "# Ropes {#b}\nThe mate looks after every rope of the ship and ties each knot twice before the night."
        new = "# Lamps {#c}\nThe mate looks after the lamps on the pier, and none of them is lit before ten."
        assert between(old, new).renamed == ()

    def test_do_not_share_a_partner(self):
        old = "# B {#b}\none two three four five\n# C {#c}\none two three four six"
        assert between(old, "# B {#d}\none two three four five more").renamed == (("b", "d"),)

    def test_pair_each_section_once_the_most_alike_first(self):
        old = "# B {#b}\none two three four five six\n# C {#c}\none two three four five seven"
        new = "# C {#d}\none two three four five seven\n# B {#e}\none two three four five six"
        assert between(old, new).renamed == (("b", "e"), ("c", "d"))

    def test_go_to_the_most_alike_of_several(self):
        old = "# B {#b}\none two three four five six"
        new = "# B {#c}\none two three four other words\n# B {#d}\none two three four five words"
        assert between(old, new).renamed == (("b", "d"),)
        assert between(new, old).renamed == (("d", "b"),)

    def test_of_equal_sections_pair_up_in_reading_order(self):
        assert between("# B {#b}\n# B {#c}", "# B {#d}\n# B {#e}").renamed == (("b", "d"), ("c", "e"))


class TestAuthority:
    def test_changes_from_one_level_to_another(self):
        assert difference.authority == (("tell_tide", "user", "developer"),)

    @pytest.mark.parametrize(("old", "new"), [("platform", "root"), ("root", "platform")])
    def test_that_only_changed_its_name_is_listed_apart(self, old, new):
        found = between(f"# B {{#b authority={old}}}", f"# B {{#b authority={new}}}")
        assert (found.authority, found.renamed_levels) == ((), (("b", old, new),))
        assert not found.is_empty

    @pytest.mark.parametrize(("old", "new"), [("platform", "system"), ("root", "user"), ("user", "boss")])
    def test_that_changed_otherwise_is_no_change_of_name(self, old, new):
        found = between(f"# B {{#b authority={old}}}", f"# B {{#b authority={new}}}")
        assert (found.authority, found.renamed_levels) == ((("b", old, new),), ())

    def test_comes_and_goes(self):
        assert between("# B {#b}", "# B {#b authority=user}").authority == (("b", None, "user"),)
        assert between("# B {#b authority=root}", "# B {#b}").authority == (("b", "root", None),)


class TestTitles:
    def test_change(self):
        assert difference.title == ("no_guessing",)

    def test_do_not_change_with_their_spaces(self):
        assert between("# B  b {#b}", "#  B b {#b}").is_empty


class TestAttributes:
    def test_known_to_nobody_change_one_by_one(self):
        assert difference.attributes == (("tell_tide", "scope", None, "harbour"),)
        assert between("# B {#b x=1 y=2}", "# B {#b x=3}").attributes == (("b", "x", "1", "3"), ("b", "y", "2", None))

    def test_tags_change_as_sets(self):
        assert between("# B {#b tags=x,y}", "# B {#b tags=y,z}").tags == (("b", ("x", "y"), ("y", "z")),)
        assert between("# B {#b tags=x,y}", "# B {#b tags=y,x}").is_empty


class TestTexts:
    def test_change_by_word_and_not_by_layout_or_footnote(self):
        assert difference.body == ("ladder", "moorings", "tides")

    def test_of_a_subsection_are_not_those_of_its_parent(self):
        assert between("## B {#b}\nold", "## B {#b}\nnew").body == ("b",)

    def test_of_examples_and_commentary_are_listed_apart(self):
        assert difference.examples == ("moorings", "no_guessing")
        assert difference.commentary == ("reading", "no_guessing")

    def test_of_examples_change_with_a_verdict_and_not_with_their_line(self):
        talk = "**Example**: x\n~~~xml\n<user> <!-- {} -->\nHi\n</user>\n~~~"
        assert between("# B {#b}\n" + talk.format("GOOD"), "# B {#b}\n" + talk.format("BAD")).examples == ("b",)
        assert between("# B {#b}\n" + talk, "\n# B {#b}\n\n" + talk).is_empty


class TestJson:
    def test_has_the_members_of_the_contract_and_some_more(self):
        assert json.loads(json.dumps(as_json(difference))) == {
            "added": ["young_sailors", "brevity"],
            "removed": ["radio_brevity"],
            "renamed": [["radio_brevity", "brevity"]],
            "moved": [["no_guessing", "tides", "manner"]],
            "authority": [["tell_tide", "user", "developer"]],
            "renamed_levels": [["moorings", "platform", "root"]],
            "title": ["no_guessing"],
            "tags": [],
            "attributes": [["tell_tide", "scope", None, "harbour"]],
            "body": ["ladder", "moorings", "tides"],
            "examples": ["moorings", "no_guessing"],
            "commentary": ["reading", "no_guessing"],
        }

    def test_has_lists_for_tags(self):
        found = between("# B {#b}", "# B {#b tags=x}")
        assert as_json(found)["tags"] == [["b", [], ["x"]]]


class TestLaws:
    @pytest.mark.parametrize("data", [OLDER, NEWER])
    def test_nothing_differs_from_itself(self, data):
        found = compare(read(data), read(data))
        assert found.is_empty
        assert not any(as_json(found).values())

    @given(st.data())
    @in_peace
    def test_the_way_back_is_the_way_there_reversed(self, data):
        heading = st.builds(
            "{} T {{#{} authority={}}}\n{}".format,
            st.sampled_from(["#", "##"]),
            st.sampled_from("abcdef"),
            st.sampled_from(["root", "platform", "user"]),
            st.sampled_from(["one text", "another"]),
        )
        by_id = st.lists(heading, unique_by=lambda text: text.split("{#")[1][0])
        old, new = (of("# First {#first}", *data.draw(by_id)) for _ in range(2))
        there, back = compare(old, new), compare(new, old)
        assert set(there.added) == set(back.removed)
        assert {(name, b, a) for name, a, b in there.authority} == set(back.authority)
        assert {(name, b, a) for name, a, b in there.moved} == set(back.moved)
        assert set(there.body) == set(back.body)
        assert there.is_empty == back.is_empty
