"""Bytes of any charset and HTML of any kind, turned into plain text that can be stored.

Nobody is ever shown the HTML of an e-mail: what is kept of it is its words.
"""

import html
import re
from collections import Counter

import inscriptis
import nh3

# Codecs that Python has but no e-mail means; some take forever on long input.
NO_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
# As in browsers: many programs say Latin-1 or ASCII and mean Windows.
WINDOWS = {"us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252"}
SURROGATES = re.compile("[\ud800-\udfff]")
# PostgreSQL's text holds no U+0000, and nobody can read the others.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
DECLARED_IN_HTML = re.compile(rb"""<meta[^<>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""")
DROPPED_WITH_CONTENT = {"script", "style", "title"}
# Above this, or nested more deeply, HTML is only stripped of its tags: the time that cleaning
# takes grows with the square of the depth, to minutes for a megabyte of <div>.
MOST_HTML = 1_000_000  # characters
MOST_DEPTH = 500
ENDS_A_LINE = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table)\b[^<>]*>", re.IGNORECASE)
OPENED_OR_CLOSED = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
# They hold nothing, or are commonly left open and closed by the next one.
NOT_NESTED = {"br", "col", "dd", "dt", "hr", "img", "input", "li", "meta", "p", "td", "th", "tr"}
# Elements that only look different lay nothing out. Left open they are opened again in every
# paragraph that follows, so that a small message would grow to gigabytes.
FORMATTING = r"(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b"
FORMATS = re.compile(rf"</?{FORMATTING}[^<>]*>", re.IGNORECASE)
STILL_FORMATS = re.compile(rf"<{FORMATTING}", re.IGNORECASE)
LINKS = re.compile(
    r"""<a\b[^<>]{0,500}?href\s*=\s*["']?(https?://[^"'\s<>]{1,500})[^<>]{0,500}>(.{0,500}?)</a>""",
    re.IGNORECASE | re.DOTALL,
)
TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")


def decoded(content: bytes, charset: str) -> str:
    """The text in ``content``, whatever its charset is called; never raises."""
    for name in _candidates(charset):
        try:
            return content.decode(name)
        except (LookupError, ValueError, RecursionError):
            continue
    return content.decode("cp1252", errors="replace")


def _candidates(charset: str) -> list[str]:
    name = charset.strip().lower()
    if name in WINDOWS:
        # UTF-8 can hardly be mistaken: anything else that is not ASCII breaks its rules.
        return ["utf-8", "cp1252"]
    if not name or name.replace("-", "_") in NO_CHARSETS:
        return ["utf-8"]
    return [name, "utf-8"]


def storable(text: str) -> str:
    """``text`` with line ends as ours, without what cannot be stored or seen."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATES.sub("\N{REPLACEMENT CHARACTER}", CONTROLS.sub("", text))


def one_line(text: str) -> str:
    """``text`` on one line, with single spaces."""
    return " ".join(storable(text).split())


def html_charset(content: bytes) -> str:
    """The charset that an HTML document declares for itself, or nothing."""
    found = DECLARED_IN_HTML.search(content[:4096])
    return found[1].decode("ascii") if found else ""


def html_as_text(source: str) -> str:
    """The words of an HTML document, laid out in lines; never raises and loses no words."""
    source = _without_formatting(storable(source))
    if len(source) > MOST_HTML or STILL_FORMATS.search(source) or _depth(source) > MOST_DEPTH:
        return _without_tags(source)
    cleaned = nh3.clean(source, clean_content_tags=DROPPED_WITH_CONTENT)
    plain = _without_tags(cleaned)
    laid_out = _laid_out(cleaned)
    # The parser under inscriptis gives up, without a word, where elements nest too deeply.
    return laid_out if _letters(laid_out) >= _letters(plain) else plain


def _without_formatting(source: str) -> str:
    """Without tags that lay nothing out; a link keeps its address in brackets."""
    linked = LINKS.sub(lambda found: f"{found[2]} ({found[1]})", source)
    return FORMATS.sub("", linked)


def _depth(source: str) -> int:
    """How deeply elements are nested, at least as deeply as a browser would see them."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in OPENED_OR_CLOSED.findall(source):
        name = name.lower()
        if name in NOT_NESTED or (closing and not opened[name]):
            continue
        step = -1 if closing else 1
        opened[name] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest


def _laid_out(cleaned: str) -> str:
    try:
        return storable(inscriptis.get_text(cleaned)).strip()
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return ""


def _without_tags(source: str) -> str:
    text = html.unescape(TAG.sub(" ", ENDS_A_LINE.sub("\n", source)))
    lines = (" ".join(line.split()) for line in storable(text).split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def _letters(text: str) -> int:
    return sum(len(word) for word in text.split())
