"""The filter language, asked with whatever can be asked of it."""

from collections.abc import Iterable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nsview.model.query import Query, QuerySyntaxError, Value, parse
from nsview.model.query_fields import FIELDS, Sort
from nsview.model.query_pattern import compile_pattern, escape, nested_repeat, unescape
from nsview.model.query_terms import Condition, Term, all_of, any_of, asks, looks_for, negation


class Row:
    """A record of the given values; its words are the texts among them."""

    def __init__(self, **values: Value) -> None:
        self.values = values

    def field(self, name: str) -> Value:
        assert name in {field.name for field in FIELDS}, "records know only the first names"
        return self.values.get(name)

    def words(self) -> Iterable[str]:
        return (value for value in self.values.values() if isinstance(value, str))


ROWS = (
    Row(),
    Row(
        kind="net", pid=1, user="root", host=True, held=["process", "mount"], mem=12 << 20, cap=["cap_chown"]
    ),
    Row(kind="mnt", pid=8231, user="", command="a/b x,y", nsfs=["/run/netns", 5], age=5.5, cap=[]),
)

# Everything that the parser can make, made without the parser.

SAMPLES = st.sampled_from(
    ["net", "and", "host", "a b", "/x/", "/run/netns", '"', "\\", "'", "a,b", "(x)", "a|b", "&&", "!x", "🦊"]
    + ["..", ">5", "=~", "kind:net", "-", "\t", "\n", "\x1b[31m", "\udcff", "not", "OR", "/", "x/", "//"]
)
texts = st.one_of(SAMPLES, st.text(max_size=8))
patterns = (
    st.one_of(
        st.sampled_from(
            ["a", "/", "a/b", "\\/", "\\\\", "^x$", "[/]", "a|b", "(x y)+", "\\S", "A", '"', "x,y"]
        ),
        st.text(max_size=6),
    )
    .map(unescape)
    .filter(bool)
)


def is_pattern(text: str) -> bool:
    try:
        compile_pattern(text)
    except Exception:
        return False
    return not nested_repeat(text)


regexes = patterns.filter(is_pattern).map(lambda text: Condition("regex", text))
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(
        lambda number: int(number) if number.is_integer() else number
    ),
)
spans = st.tuples(numbers, numbers).map(lambda ends: Condition("..", low=min(ends), high=max(ends)))
number_tests = st.one_of(
    st.builds(lambda low: Condition("number", low=low), numbers),
    st.builds(lambda how, low: Condition(how, low=low), st.sampled_from(["<", "<=", ">", ">="]), numbers),
    spans,
    regexes,
    st.just(Condition("unset")),
)
nonempty = texts.filter(bool)
text_tests = st.one_of(
    nonempty.map(lambda text: Condition("contains", text)), regexes, st.just(Condition("unset"))
)
whole_tests = st.one_of(nonempty.map(lambda text: Condition("equals", text)), st.just(Condition("unset")))


def several(test: st.SearchStrategy[Condition]) -> st.SearchStrategy[list[Condition]]:
    return st.lists(test, min_size=1, max_size=3)


@st.composite
def field_terms(draw: st.DrawFn) -> Term:
    field = draw(st.sampled_from(FIELDS))
    if field.sort is Sort.FLAG:
        return asks(field.name, Condition("true"))
    if field.numeric:
        return asks(field.name, *draw(several(number_tests)))
    if field.choices:
        words = st.sampled_from(field.choices).map(lambda text: Condition("equals", text))
        return asks(field.name, *draw(several(st.one_of(words, regexes, st.just(Condition("unset"))))))
    if field.sort is Sort.WORD:
        return asks(field.name, *draw(several(st.one_of(whole_tests, regexes))))
    return asks(field.name, *draw(st.one_of(several(text_tests), several(whole_tests))))


terms = st.recursive(
    st.one_of(
        texts.map(lambda text: looks_for(Condition("contains", text))), regexes.map(looks_for), field_terms()
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(negation),
    ),
    max_leaves=8,
)


@given(terms)
@example(all_of([looks_for(Condition("contains", "/")), looks_for(Condition("regex", "x"))]))
@example(asks("command", Condition("contains", "/a"), Condition("regex", "x")))
@settings(deadline=None, max_examples=400)
def test_every_query_can_be_written_and_read_again(term: Term) -> None:
    query = Query(term)
    again = parse(str(query))
    assert again == query
    assert again.fields == query.fields
    for row in ROWS:
        assert again.matches(row) == query.matches(row)


@given(
    st.one_of(st.text(max_size=60), st.lists(texts, max_size=8).map(" ".join), st.text("()|&!/:=~<>\"'a ,.1"))
)
@example("a!=b!~c")
@example("/\\/")
@example("((((((((((")
@example("/[[a]/")
@example("/(?i)x(?i)/")
@example("mem:" + "9" * 3000 + "G")
@settings(deadline=None, max_examples=400)
def test_any_text_is_a_query_or_a_syntax_error(text: str) -> None:
    try:
        query = parse(text)
    except QuerySyntaxError as error:
        message, position, picture = error.message, error.position, error.caret
    else:
        assert parse(str(query)) == query
        for row in ROWS:
            query.matches(row)
        return
    assert message
    assert "\n" not in message.replace(text, "")
    assert 0 <= position <= len(text)
    assert picture.count("\n") == 1


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.text(max_size=5), st.integers()), max_size=3),
)


@given(terms, st.dictionaries(st.sampled_from([field.name for field in FIELDS]), values))
@settings(deadline=None)
def test_no_value_however_odd_makes_it_raise(term: Term, row: dict[str, Value]) -> None:
    record = Row(**row)
    assert Query(term).matches(record) is not Query(negation(term)).matches(record)


@given(
    st.lists(terms, min_size=2, max_size=3), st.dictionaries(st.sampled_from(["user", "pid", "nsfs"]), values)
)
@settings(deadline=None)
def test_all_any_and_not_mean_what_they_say(parts: list[Term], row: dict[str, Value]) -> None:
    record = Row(**row)
    each = [Query(part).matches(record) for part in parts]
    assert Query(all_of(parts)).matches(record) is all(each)
    assert Query(any_of(parts)).matches(record) is any(each)


@given(st.text(max_size=12), st.text(max_size=12))
@settings(deadline=None)
def test_a_quoted_word_finds_exactly_the_texts_that_hold_it(needle: str, text: str) -> None:
    query = Query(looks_for(Condition("contains", needle)))
    assert query.matches(Row(user=text)) is (needle.casefold() in text.casefold())


@given(numbers, numbers, st.integers(-5, 5) | numbers)
@settings(deadline=None)
def test_ranges_hold_both_their_ends(one: float, other: float, value: float) -> None:
    low, high = min(one, other), max(one, other)
    record = Row(pid=value)
    assert parse(f"pid:{low}..{high}").matches(record) is (low <= value <= high)
    assert parse(f"pid:<{low}").matches(record) is (value < low)
    assert parse(f"pid:{low}..").matches(record) is (value >= low)
    assert parse(f"pid = {low}").matches(record) is (value == low)
    assert parse(f"pid != {low}").matches(record) is (value != low)


@given(patterns)
@settings(deadline=None)
def test_slashes_in_patterns_are_written_and_read_again(pattern: str) -> None:
    assert unescape(escape(pattern)) == pattern
