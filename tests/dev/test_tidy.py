"""What the tidiness check complains about."""

import pytest

from dev.tidy import complaints


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"see https://pypi" + b".org/simple\n", "a:1: names the registry pypi" + ".org"),
        (b"\nlog in /ro" + b"ot/portal\n", "a:2: names a path of one machine"),
        (b"in /home/" + b"sam/portal\n", "a:1: names a path of one machine"),
        (b"x \n", "a:1: blank space at the end"),
        (b"x\r\n", "a:1: ends as on Windows"),
        (b"x", "a: the last line does not end"),
        (b"x\n\n", "a: empty lines at the end"),
    ],
)
def test_untidy_file_is_named_with_its_line(content, complaint):
    assert list(complaints("a", content)) == [complaint]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x\n",
        "Kirkcudbright \u2013 caf\u00e9\n".encode(),
        b"GIF\xff\x00 \r\n",
        b"/wo" + b"rk/list/\n",
    ],
)
def test_tidy_and_binary_files_pass(content):
    assert list(complaints("a", content)) == []


def test_published_data_keeps_its_line_ends_but_names_no_registry():
    content = b"a,b\r\nhttps://npm" + b"js.com,2\r\n"

    assert list(complaints("a.csv", content)) == ["a.csv:2: names the registry npm" + "js.com"]
