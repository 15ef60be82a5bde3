"""Which test proves which rule, read from the tests' own marks."""

from dev.rules import page, rules_of

MODULE = """
import pytest
pytestmark = [pytest.mark.django_db, pytest.mark.rule("C2")]

@pytest.mark.rule("H28", "H29")
def test_one(): ...

def not_a_test(): ...

@pytest.mark.rule("E1")
class TestLadder:
    @pytest.mark.rule("E2")
    def test_two(self): ...
"""


def test_marks_of_module_class_and_function_all_count():
    assert list(rules_of(MODULE)) == [
        ("C2", "test_one"),
        ("H28", "test_one"),
        ("H29", "test_one"),
        ("C2", "TestLadder.test_two"),
        ("E1", "TestLadder.test_two"),
        ("E2", "TestLadder.test_two"),
    ]


def test_page_lists_rules_in_reading_order(tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_a.py").write_text(
        'import pytest\n@pytest.mark.rule("C10", "C2")\ndef test_x(): ...\n'
    )

    text = page(tests)

    assert text.endswith(
        "\n## C2\n- `tests/test_a.py` test_x\n\n## C10\n- `tests/test_a.py` test_x\n"
    )
