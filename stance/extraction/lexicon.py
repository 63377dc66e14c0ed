"""The word classes the rules look words up in. Everything is lower case, apostrophes straight."""

from __future__ import annotations

from typing import Literal

VerbClass = Literal["say", "position"]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Verbs of speech: their subject is responsible for what follows or stands before them.
_SAY = words(
    "apologize apologise enthuse scold fume joke concede insinuate say tell add note explain reply"
    " answer insist warn announce declare state stress emphasize emphasise reiterate repeat report"
    " claim assert argue affirm reaffirm confirm maintain contend admit acknowledge allow allege"
    " assure caution comment complain clarify conclude counter deny disclose echo estimate exclaim"
    " hint imply indicate inform lament mention muse object observe opine pledge predict proclaim"
    " promise protest quip recall recount reckon remark remind respond retort reveal signal sigh"
    " specify speculate suggest swear testify underline underscore urge voice volunteer vow write"
    " wonder grumble growl snap shout whisper plead pray offer bare manifest laugh thunder decree"
    " tweet post stipulate bemoan boast summarise summarize elaborate read"
)

# Verbs of will, judgement and demand: reported speech without a verb of speech.
_POSITION = words(
    "reject refuse decline rule accept agree consider regard view believe think expect hope want"
    " wish welcome oppose support back favor favour endorse demand require seek propose offer invite"
    " ask request appeal call beg advise recommend threaten condemn criticise criticize denounce"
    " deplore regret praise applaud hail thank accuse blame dismiss doubt disagree dispute question"
    " stand see find describe characterise characterize prefer rule hold deem guarantee undertake"
    " commit approve disapprove object resent fear dread trust understand value instruct order forbid"
    " authorise authorize cite voice express convey defend press push plan intend envisage"
    " vouch renounce disown deride mock scoff ridicule brand label liken withdraw suspend boycott"
    " resist attach lay name set put attribute entreat implore exclude promote advocate caution"
    " disavow repudiate rebuff spurn scorn shrug concur differ dissent recognise recognize credit"
    " challenge contradict contest wave like turn walk break pull judge attend remain return reserve"
    " need draw place take permit salute congratulate acknowledge bid fault cheer lean tie"
)

_IRREGULAR = {
    "say": "said said",
    "tell": "told told",
    "write": "wrote written",
    "swear": "swore sworn",
    "think": "thought thought",
    "see": "saw seen",
    "find": "found found",
    "hold": "held held",
    "beg": "begged begged",
    "seek": "sought sought",
    "stand": "stood stood",
    "forbid": "forbade forbidden",
    "undertake": "undertook undertaken",
    "understand": "understood understood",
    "break": "broke broken",
    "withdraw": "withdrew withdrawn",
    "lay": "laid laid",
    "set": "set set",
    "put": "put put",
    "read": "read read",
    "snap": "snapped snapped",
    "quip": "quipped quipped",
    "admit": "admitted admitted",
    "concur": "concurred concurred",
    "differ": "differed differed",
    "commit": "committed committed",
    "shrug": "shrugged shrugged",
    "rebuff": "rebuffed rebuffed",
    "signal": "signaled signalled",
    "label": "labeled labelled",
    "plan": "planned planned",
    "hint": "hinted hinted",
    "regret": "regretted regretted",
    "permit": "permitted permitted",
    "draw": "drew drawn",
    "take": "took taken",
    "bid": "bade bid",
}

Form = Literal["base", "s", "ed", "ing"]


def _forms(lemma: str) -> dict[str, Form]:
    """Written forms of a regular or listed verb, each with its kind."""
    if lemma.endswith("e"):
        stem_s, ed, ing = lemma + "s", lemma + "d", lemma[:-1] + "ing"
    elif lemma.endswith("y") and lemma[-2] not in "aeiou":
        stem_s, ed, ing = lemma[:-1] + "ies", lemma[:-1] + "ied", lemma + "ing"
    elif lemma.endswith(("s", "sh", "ch", "x", "o")):
        stem_s, ed, ing = lemma + "es", lemma + "ed", lemma + "ing"
    else:
        stem_s, ed, ing = lemma + "s", lemma + "ed", lemma + "ing"
    forms: dict[str, Form] = {lemma: "base", stem_s: "s", ing: "ing"}
    past = _IRREGULAR.get(lemma)
    for form in past.split() if past else [ed]:
        forms.setdefault(form, "ed")
        if form.endswith(("gged", "pped", "tted", "rred", "nned", "lled")):
            forms[form[:-2] + "ing"] = "ing"
    return forms


def _verbs() -> dict[str, tuple[str, VerbClass, Form]]:
    table: dict[str, tuple[str, VerbClass, Form]] = {}
    classes: tuple[tuple[frozenset[str], VerbClass], ...] = ((_POSITION, "position"), (_SAY, "say"))
    for lemmas, verb_class in classes:
        for lemma in sorted(lemmas):
            for form, kind in _forms(lemma).items():
                table[form] = (lemma, verb_class, kind)
    # "point" and "make" speak only with the words in `NEEDS_AFTER`.
    table.update({form: ("point", "say", kind) for form, kind in _forms("point").items()})
    table.update(makes=("make", "say", "s"), made=("make", "say", "ed"))
    return table


VERBS = _verbs()
LEMMAS = frozenset(lemma for lemma, _, _ in VERBS.values()) | {"be", "have"}
ALSO_PAST = words("put set read")  # base and past look alike

# Verbs that speak only with the right words after them: "pointed out", "made it clear", "let it be known".
NEEDS_AFTER: dict[str, tuple[str, ...]] = {
    "point": ("out", "to"),
    "make": ("clear", "it clear", "it known", "plain", "it plain", "known", "her", "his", "its", "their"),
    "rule": ("out",),
    "call": ("on", "for", "upon", "off", "it", "the", "them", "him", "her", "a", "an", "such", "this", "any"),
    "stand": ("by", "ready", "firm"),
    "lay": ("down", "out"),
    "turn": ("down", "his", "her", "its"),
    "walk": ("out", "away"),
    "break": ("off", "with"),
    "pull": ("out",),
    "remain": ("ready", "willing", "open", "a", "prepared", "opposed", "committed"),
    "return": ("the invitation", "the letter"),
    "reserve": ("its", "the right", "his", "her"),
    "need": ("no",),
    "draw": ("attention", "the attention", "a line"),
    "place": ("on record", "its", "his", "her"),
    "take": (
        "note",
        "the view",
        "issue",
        "exception",
        "leave",
        "no",
        "a different",
        "another",
        "the opposite",
        "a milder",
    ),
    "tie": ("the", "its", "his", "her", "their"),
    "hold": ("that", "the", "further", "out", "a different"),
    "wave": ("aside", "away", "off"),
    "see": ("no", "little", "a", "an", "any", "both", "the", "nothing", "it", "talks"),
    "find": ("it", "the", "that", "no", "nothing"),
    "set": ("out", "terms", "conditions", "one", "a", "three", "two"),
    "name": ("its", "his", "her", "their", "a", "one", "two", "three", "terms"),
    "put": ("the", "it", "forward", "its", "his"),
    "shrug": ("off",),
    "like": ("the", "to"),
    "read": (),
}

INVERTIBLE = frozenset(
    form for form, (_, verb_class, kind) in VERBS.items() if verb_class == "say" and kind in ("s", "ed", "base")
)  # "..., said the minister"

AUXILIARIES = words(
    "is are was were be been being am has have had having will would shall should can could may might"
    " must do does did won't wouldn't can't cannot couldn't isn't aren't wasn't weren't hasn't haven't"
    " hadn't doesn't don't didn't shan't shouldn't 'd 'll he's she's"
)
NEGATIONS = words(
    "not never n't cannot can't won't wouldn't couldn't isn't aren't wasn't weren't hasn't haven't"
    " hadn't doesn't don't didn't neither nor no"
)
BE = words("is are was were be been being am isn't aren't wasn't weren't remains remain remained seems seemed")
MODALS = words("will would shall won't wouldn't can cannot can't could couldn't may might must shan't should")
ADVERBS = words(
    "also then later again once twice too however meanwhile nevertheless nonetheless still already"
    " yet now earlier today yesterday tomorrow tonight afterwards afterward instead though even just"
    " ever never long further since not no so far both himself herself itself themselves alone"
    " therefore thus moreover always often sometimes all but only either neither soon more simply at"
    " first last recently there here less"
)

# After "is", "was", "remains", "would be": a position.
POSITION_ADJECTIVES = words(
    "ready willing prepared open opposed against unwilling reluctant keen anxious eager adamant"
    " sceptical skeptical convinced confident sure certain determined disposed inclined pleased happy"
    " glad sorry interested hopeful optimistic pessimistic disappointed committed entitled bound free"
    " going ashamed grateful amenable game minded firm categorical clear blunt blunter harsher gentler"
    " plainer narrower cautious content satisfied unimpressed concerned worried alarmed afraid"
    " authorised authorized empowered instructed"
)
POSITION_PHRASES = (
    "in favour",
    "in favor",
    "of the view",
    "of the opinion",
    "at the service",
    "at the disposal",
    "at one",
)

PRONOUNS = words("he she they it we i you")
PERSON_PRONOUNS = words("he she")
POSSESSIVE_PRONOUNS = words("his her its their our my your")
DETERMINERS = words(
    "a an the this that these those his her its their our my some several many most both two three"
    " four five six seven eight nine ten another each every all no one any either neither few half"
    " dozens hundreds thousands more other such same certain"
)
RELATIVES = words("who whose which whom where that when")

PREPOSITIONS = words(
    "in on at by for from with without about of to into after before during since until till under"
    " over against among amid between through across despite according near beyond within upon towards"
    " toward behind as like regarding concerning inside outside following ahead because owing due"
    " throughout per via"
)
SUBORDINATORS = words(
    "when while if although though because since as after before until unless once whereas where"
    " whether asked speaking addressing responding welcoming writing answering referring commenting"
    " visiting pressed given having being questioned told replying recalling citing noting"
)
CONNECTIVES = words(
    "but and yet so or nor still however meanwhile moreover furthermore instead nevertheless"
    " nonetheless also then therefore thus additionally separately earlier later elsewhere today"
    " yesterday tonight finally otherwise asked"
)
IRREGULAR_PAST = words(
    "let gave took made went held left came sent broke drew kept spoke saw met won lost threw began"
    " got stood rose fell built bought brought caught chose cut drove ate fought flew forgot froze"
    " grew hid hit hurt knew led lent lit meant paid ran rang rode sang sat shot shut slept sold spent"
    " stole struck swept taught tore woke wore became shook sank sprang swam drank bent bit blew burst clung crept"
    " dealt dug fed fled flung hung leapt slid spat stuck stung swung wept"
)
PARTICLES = words("al ag el de del della di da dos van von der den bin ibn abu ben la le du ter ould")
MONTHS = {
    month: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for month in names.split()
}
WEEKDAYS = {
    day: number
    for number, day in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
}
TIME_NOUNS = (
    words(
        "day days week weeks month months year years morning afternoon evening night today yesterday"
        " tomorrow tonight hour hours later earlier ago spring summer autumn winter noon midnight"
        " weekend time moment minutes decade"
    )
    | frozenset(WEEKDAYS)
    | frozenset(MONTHS) - {"may", "mar"}
)

# Head nouns of people who speak, for themselves or for somebody.
PERSON_NOUNS = words(
    "minister president premier chancellor spokesman spokeswoman spokesperson official officials"
    " envoy ambassador secretary chief chairman chairwoman chair chairperson leader leaders commander"
    " general colonel major captain admiral brigadier marshal lieutenant senator deputy deputies mp"
    " representative representatives governor mayor king queen prince princess sheikh sheikha emir"
    " sultan pope bishop archbishop cardinal nuncio imam mufti rabbi priest abbot pastor elder elders"
    " judge lawyer attorney counsel counsellor counselor adviser advisor aide diplomat diplomats"
    " negotiator negotiators mediator mediators delegate delegates delegation facilitator analyst"
    " analysts expert experts professor economist historian scholar researcher writer journalist"
    " editor columnist teacher doctor nurse farmer fisherman fishermen driver worker workers residents"
    " resident villager villagers mother father sister brother son daughter widow wife husband"
    " relative relatives survivor veteran veterans soldier soldiers officer officers fighter fighters"
    " rebel rebels militant militants militiaman activist activists campaigner protester protesters"
    " student students lawmaker lawmakers legislator legislators politician politicians congressman"
    " congresswoman director head manager executive owner boss commissioner coordinator rapporteur"
    " ombudsman prosecutor inspector treasurer clerk registrar attaché attache consul predecessor"
    " successor counterpart colleague source sources insider person people man woman men women citizen"
    " trader broker banker candidate member members founder organiser organizer speaker whip"
    " strategist tsar czar vice-president vice-premier taoiseach ayatollah patriarch nun monk chaplain"
    " shopkeeper baker engineer technician scientist academic sociologist host guest lord lady sir"
    " dame mr mrs ms miss dr prof rep sen gov gen col partner partners skipper trawlerman warden"
    " headman chieftain notables caller listener author jurist philosopher poet painter actor singer"
    " player coach physician surgeon psychologist parent parents orphan refugee refugees hostage"
    " captive prisoner detainee heir guardian regent moderator"
)

# Head nouns of offices and bodies that act as one speaker.
BODY_NOUNS = words(
    "ministry ministries government governments presidency kremlin cabinet office chancellery"
    " department embassy mission administration authority authorities council parliament assembly"
    " senate congress house committee commission party parties union unions federation confederation"
    " association organisation organization league alliance bloc coalition front movement army navy"
    " militia militias command force forces staff police guard junta regime state states capital"
    " capitals side sides group groups agency company companies corporation firm firms bank board"
    " bureau secretariat headquarters court tribunal church synod conference foundation institute"
    " centre center university society club chamber opposition palace delegation brigade brigades"
    " faction factions wing caucus team families community communities tribe tribes republic kingdom"
    " country countries nation cooperative syndicate network newspaper paper radio television"
    " broadcaster statement communique communiqué bulletin letter declaration press service operators"
    " employers growers producers management campaign retailers owners dockworkers drivers farmers"
    " fishermen teachers nurses doctors students steelworkers presidium politburo directorate"
    " inspectorate mediators monitors sponsors guarantors observers editorial list body fund trust"
    " charity ngo consortium exchange region province canton city village district districts corps"
    " regiment battalion garrison fleet squad column guerrillas insurgents rebels separatists clan"
    " dynasty legion workforce electorate majority minority diaspora cooperatives herders villagers"
    " islanders officials settlers metalworkers miners crews pilots guilds guild lobby consulate"
    " legation fraternity brotherhood"
)
MEDIA_NOUNS = words(
    "agency newspaper daily weekly radio television broadcaster tv news channel media reports report"
    " magazine website outlet station post times herald telegraph gazette journal courier guardian"
    " mirror record tribune newswire press independent bloomberg reuters"
)
# Subjects of "said", "showed", "put" that nobody stands behind.
SPEECHLESS_NOUNS = words(
    "poll polls survey surveys figures figure data estimates estimate statistics study studies map"
    " law constitution treaty agreement clause article rumour rumor legend forecast index prices"
    " shares results records weather turnout ledger census reports report-card sign signs banner"
    " graffiti observers"
)
HOSTS = words(
    "host presenter anchor moderator interviewer question q reporter announcer narrator correspondent"
    " studio voiceover newsreader speaker interpreter journalist press"
)
TITLES = words(
    "president prime minister foreign defence defense interior finance deputy vice first second chief"
    " senior former acting king queen prince princess sheikh sheikha emir sultan pope bishop"
    " archbishop cardinal father imam mufti rabbi reverend rev general gen colonel col major maj"
    " captain capt lieutenant lt brigadier admiral marshal commander commissioner sergeant field air"
    " senator sen representative rep congressman congresswoman governor gov mayor judge justice"
    " chancellor premier secretary chairman chairwoman chair chairperson director leader spokesman"
    " spokeswoman spokesperson ambassador envoy mr mrs ms miss mx dr prof professor sir dame lord lady"
    " comandante comrade brother sister madam honourable honorable engineer speaker aide adviser"
    " advisor negotiator mediator opposition trade energy labour labor health transport economy"
    " education information minister-president datuk tan sri haji el-hadj ayatollah mullah hetman"
    " taoiseach barrister attorney lawyer party union commodore superintendent corporal corp cpl hadj"
    " presidential national state security council special cabinet kremlin delegate deputy-minister mp"
    " coordinator warden historian economist analyst fisherman farmer driver caller archdeacon"
    " rapporteur"
)
ABBREVIATIONS = words(
    "mr mrs ms dr prof gen col maj capt lt sgt brig adm cmdr sen rep gov rev hon st sr jr messrs mme"
    " mlle jan feb mar apr jun jul aug sept sep oct nov dec no nos vs etc inc ltd co corp art approx"
    " dept est fig ret mon tue wed thu fri sat sun u.s u.k u.n e.u a.m p.m i.e e.g n d.c"
)
NUMBERED = words("no nos art fig est sun sat mon wed mar")  # abbreviations only before a number
