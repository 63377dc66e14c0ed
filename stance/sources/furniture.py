"""Page furniture: share bars, cookie notes, bylines, teasers, reader questions and the like.

Rules look at one line at a time, at most `LONGEST` characters of it, and at the line before: linear
in the text. They are generic, none names a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stance.schema import Span

LONGEST = 500  # characters; a longer line is prose (only markup tags are marked inside it)

_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"(?:[•·▪◦‣●■*–—»›>|-]\s*)+")
_LISTED = re.compile(r"[•·▪◦‣●■*]")  # a dash may open a line of dialogue
_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|button|code|div|em|figcaption|figure|font|form|h[1-6]|hr|i|iframe|img|input"
    r"|li|link|ol|p|picture|script|section|small|source|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|u|ul"
    r"|video)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)


def _set_of(joined: str) -> frozenset[str]:
    return frozenset(joined.split("|"))


# Whole lines, compared without case, bullets and closing punctuation.
_PHRASES = _set_of(
    "about the author|accept all|accept all cookies|accept cookies|ad|adblock detected|add a comment|"
    "add comment|also read|also see|an error has occurred|an error occurred|back to top|click here|"
    "comments|continue reading|continue reading below|cookie policy|cookie settings|copy link|"
    "editor's picks|editors' picks|faq|faqs|follow us|frequently asked questions|getty images|go back|"
    "have your say|join the conversation|keep reading|latest news|leave a comment|leave a reply|"
    "listen to this article|load more|loading|log in|manage cookies|menu|more news|more on this story|"
    "more stories|most popular|most read|new update|newsletter|no comments|oops|"
    "oops something went wrong|others are reading|others are reading now|page not found|"
    "people also ask|please try again|please try again later|post a comment|post comment|"
    "print this article|privacy policy|promoted content|read also|read full article|read full story|"
    "read more|read next|recommended|recommended for you|recommended reading|recommended stories|"
    "register|reject all|related|related articles|related content|related news|related posts|"
    "related stories|related topics|save article|scroll to continue|search|see also|see more|"
    "share article|share this|share this article|share this post|share this story|show comments|"
    "show more|sign in|sign up|skip advertisement|skip ad|skip to content|skip to main content|"
    "something went wrong|sponsored|sponsored content|story continues below|"
    "story continues below advertisement|submit comment|subscribe|subscribe now|table of contents|"
    "tap to unmute|terms of service|terms of use|top stories|trending|trending now|view all|"
    "view comments|view more|watch live|watch now|you might also like|you may also be interested in|"
    "you may also like"
)

# Headings of link lists: the lines below, up to prose, are other articles' headlines.
_LINK_LISTS = _set_of(
    "latest news|more news|more stories|most popular|most read|recommended for you|recommended stories"
    "|related articles|related news|related posts|related stories|top stories|trending now"
    "|you may also like|you might also like"
)

# Beginnings of lines, compared without case.
_OPENING = re.compile(
    r"""
      (?:also\ (?:read|see)|read\ (?:also|more|next|the\ full\ story)|see\ also|related)\s*[:|–—-]\s*\S
    | (?:photo|image|picture|photograph)s?\s+(?:by|credit|courtesy|via)\b
    | did\ you\ know\b
    | (?:pro|expert|quick|reader)\ tips?\s*[:!–—-]
    | share\ (?:this|the|your|on|via|with)\ .{0,40}
        \b(?:article|story|post|page|opinions?|thoughts|views|facebook|twitter|friends)\b
    | (?:what\ are\ your\ thoughts|what\ do\ you\ think|tell\ us\ what\ you\ think|let\ us\ know)\b
    | have\ an\ opinion\ on\ this\b
    | (?:please\ )?(?:subscribe|sign\ up|register)\ (?:to|for|now|today|here)\b.{0,80}
        \b(?:newsletters?|channels?|podcasts?|alerts?|briefings?|updates|e?mails?|inbox|feeds?|magazine|edition)\b
    | subscribe\ to\ (?:our|us)\b
    | (?:please\ )?(?:follow|like|join|find)\ (?:us|our|me)\ .{0,30}
        \b(?:facebook|twitter|x|instagram|telegram|whatsapp|youtube|linkedin|google\ news|threads|channel)\b
    | (?:download|get|install)\ (?:the|our)\ .{0,30}\bapp\b
    | click\ here\ (?:to|for)\b
    | (?:this|our)\ (?:web)?site\ uses\b
    | we\ (?:and\ our\ partners\ )?use\ (?:our\ own\ |third[- ]party\ )?cookies\b
    | by\ (?:clicking|continuing|using|browsing|signing\ up|subscribing)\b.{0,120}
        \byou\ (?:agree|accept|consent|confirm)\b
    | learn\ (?:more\ about\ )?how\ (?:your|we)\ .{0,40}\b(?:data|cookies)\b
    | your\ e-?mail\ address\ will\ not\ be\ published\b
    | required\ fields\ are\ marked\b
    | save\ my\ name,?\ e-?mail\b
    | notify\ me\ of\ (?:new|follow-?up)\b
    | you\ (?:must|need\ to|have\ to)\ (?:be\ )?(?:log(?:ged)?|sign(?:ed)?)\ in\b
    | please\ .{0,80}\b(?:ad\ ?-?blockers?|javascript|your\ browser)\b
    | (?:please\ )?(?:enable|disable|turn\ (?:on|off))\ .{0,40}\b(?:javascript|cookies|ad\ ?-?blockers?)\b
    | (?:©|\(c\)|copyright\b).{0,120}(?:\d{4}|reserved)
    | all\ rights\ reserved\b
    | (?:first\ )?(?:published|updated|last\ updated|posted|last\ modified)(?:\ (?:on|at))?\s*:?\s
        .{0,20}\d{4}\b.{0,30}$
    | \(?(?:additional\ )?(?:reporting|writing|editing|compiled|edited|written|translated|posted)\ by\s
        .{1,120}[^”"]$
    | \(?with\ (?:inputs|reporting|additional\ reporting|files|agency\ inputs)\ from\b
    | \d{1,3}\s?(?:-\s?)?min(?:ute)?s?\s(?:read|listen|watch)\b
    | \d[\d.,]{0,8}\s?k?\s(?:shares?|comments?|views?|likes?|reactions?)$
    | (?:read|view|show|see|load|add)\ (?:all|more|the|\d+)\ .{0,20}\bcomments?$
    | (?:an\ |the\ )?advert\w{0,3}ments?\W*$
    | [\w-]{1,40}[-_](?:image|img|photo|avatar|logo|icon|thumbnail)$
    | \S{1,200}\.(?:jpe?g|png|gif|webp|svg)$
    """,
    re.IGNORECASE | re.VERBOSE,
)
# `Video: ...`, `Sources: ...`; in a first line it is part of the headline.
_CREDIT = re.compile(
    r"(?:(?:read|watch|listen|video|photos?|images?|pictures?|credits?|tags?|topics?|filed under|categories"
    r"|keywords|sources?)\s*:\s*[^“”\"]{1,100}[^.!?“”\"])$",
    re.IGNORECASE,
)
_MORE_FROM = re.compile(r"more (?:from|by|on|in) (?:\S+ ){0,7}\S*[^\s.!?:,;”\"]$", re.IGNORECASE)
_BREADCRUMB = re.compile(r"(?:home|start|main page)\s*[»›>/|→]|(?:[^«»›>→]{1,60}\s[»›>→]\s){2,}", re.IGNORECASE)
_SHARE_WORDS = _set_of(
    "facebook|twitter|whatsapp|telegram|linkedin|pinterest|reddit|messenger|viber|flipboard|instagram"
    "|youtube|tiktok|bluesky|mastodon|threads|email|e-mail|print|share|tweet"
)
_SHARE_FILLERS = _set_of("on|via|to|this|with|x|by|copy|link|url|pin|line|vk|save|or|and|app|follow|us")
_NAME = r"[^\W\d_a-z][\w.'’-]*"
_BYLINE = re.compile(rf"[Bb][yY]\s+{_NAME}(?:(?:,|\s+\||\s+[–—-])?\s+(?:{_NAME}|and|in|for|of|de|van|von|al)){{1,12}}")
_DESK = re.compile(rf"(?:{_NAME}\s+){{1,4}}(?:Desk|Newsroom|Staff|Correspondent|Reporter|Bureau|Writer|Editor)")
_QUESTION_WORDS = _set_of(
    "what|why|how|who|whom|whose|which|when|where|do|does|did|is|are|was|were|will|would|can|could"
    "|should|has|have|had|might|may"
)
_TO_READER = re.compile(
    r"\byour? (?:think|believe|feel|expect|support|agree|thoughts|opinion|view|take)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[“”„\"«»]")
_FAQ_HEADING = re.compile(r"(?:frequently asked questions|faqs?|people also ask)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


def mark_furniture(text: str) -> tuple[Span, ...]:
    """The stretches of an article that are the page's and not the article's.

    Returns spans in order, apart from each other; a span is a line without its outer blanks, the
    question that opens an entry in a list of questions (its answer is not furniture), or one HTML
    tag left in the text. A title or headline is not furniture, however often it stands there.
    """
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    lines = list(_lines(text))
    last_prose = next((start for start, end in reversed(lines) if _is_prose(text[start:end])), len(text))
    words: set[str] = set()  # met so far, and so are lines: a list of tags repeats words, a headline lines
    met: set[str] = set()
    prose_met = in_links = in_faq = False
    before = ""  # what the line above was: furniture, reader (asked something), question, answer, text
    for start, end in lines:
        line = text[start:end]
        bullet = _BULLET.match(line)
        body = line[bullet.end() :] if bullet and bullet.end() < len(line) else line
        question = _opening_question(body)
        if question and (in_faq or (_LISTED.match(line) and before != "text")):
            yield Span(end - len(body), end - len(body) + question)
            before = "question" if question == len(body) else "answer"
        elif (
            _is_furniture(body)
            or (bool(met) and (_is_byline(body) or _CREDIT.match(body)))
            or (question == len(body) and (before == "reader" or _TO_READER.search(body)))
            or (in_links and _is_headline(body))
            or (start > last_prose and line not in met and _is_tag_list(body, words))
        ):
            yield Span(start, end)
            in_links = in_links or (prose_met and _plain(body) in _LINK_LISTS)
            in_faq = _FAQ_HEADING.match(body) is not None
            before = "reader" if question == len(body) or _TO_READER.search(body) else "furniture"
        else:
            yield from (Span(start + tag.start(), start + tag.end()) for tag in _TAG.finditer(line))
            prose_met = prose_met or _is_prose(line)
            in_links = False
            in_faq = in_faq and before == "question"
            before = "answer" if in_faq else "text"
        words.update(_WORD.findall(body))
        met.add(line)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are not blank, without their outer blanks."""
    for match in _LINE.finditer(text):
        line = match.group()
        if stripped := line.strip():
            start = match.start() + len(line) - len(line.lstrip())
            yield start, start + len(stripped)


def _is_prose(line: str) -> bool:
    """Whether a line ends a sentence and is none of the furniture that does."""
    return line[-1] in '.!?”"…' and not _is_furniture(line)


def _is_furniture(line: str) -> bool:
    if len(line) > LONGEST:
        return False
    plain = _plain(line)
    return (
        plain in _PHRASES
        or _OPENING.match(line) is not None
        or _MORE_FROM.match(line) is not None
        or (_BREADCRUMB.match(line) is not None and "«" not in line and line[-1] not in ".!?”")
        or _is_share_bar(plain)
        or all(word.startswith("#") for word in line.split())
    )


def _plain(line: str) -> str:
    return " ".join(line.casefold().replace("’", "'").replace("!", "").rstrip(" .:?…>»").split())


def _is_share_bar(plain: str) -> bool:
    words = set(plain.replace("|", " ").replace(",", " ").split())
    return bool(words & _SHARE_WORDS) and words <= _SHARE_WORDS | _SHARE_FILLERS


def _is_byline(line: str) -> bool:
    return len(line) <= 120 and (_BYLINE.fullmatch(line) or _DESK.fullmatch(line)) is not None


def _opening_question(line: str) -> int:
    """Length of the question that a line opens with; 0 where it opens with none or quotes somebody."""
    end = line.find("?", 0, LONGEST) + 1
    head = line[:end]
    if not end or _QUOTED.search(head) or any(sign in head for sign in (". ", "! ", ": ")):
        return 0
    return end if head.split()[0].casefold() in _QUESTION_WORDS else 0


def _is_headline(line: str) -> bool:
    return len(line) <= 150 and line[-1] not in ".!…:"


def _is_tag_list(line: str, known: set[str]) -> bool:
    """Names alone, most of which the article has used: `Russia Vladimir Putin Volodymyr Zelenskyy`."""
    if len(line) > LONGEST:
        return False
    names = [name for token in line.split() if (name := token.strip(",|/·"))]
    words = _WORD.findall(line)
    return (
        len(words) >= 4
        and all(name[0].isupper() and name[-1].isalnum() for name in names)
        and 2 * sum(word in known for word in words) >= len(words)
    )
