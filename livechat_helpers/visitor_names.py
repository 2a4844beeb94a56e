"""Random names for visitors, without words that could offend.

``coolname`` combines adjectives and animals. Most make a pleasant name, but some
describe a person's looks, beliefs, worth or reputation.
"""

from coolname import generate

_WORDS = """
aboriginal aggressive aloof annoying ape arrogant artificial ass baboon bald
belligerent berserk bizarre black blond booby bug bulky bull bulldog bullmastiff
calculating chicken chimpanzee chubby chupacabra cobra cock cockatoo cockle
cocky controversial cow coward crab crazy crouching cryptic cunning daffy daft
dark demonic devious dinosaur dodo dog donkey earthworm earwig eccentric elfish
esoteric evasive expensive fanatic fat fierce finicky furious gabby garrulous
gay ghost girlish glaring goat godlike goose gorilla greedy grouse grumpy hairy
heavy heretic hissing hog hot huge hulking hungry husky hyena hysterical illegal
imperial imperious impetuous impossible indefinable inescapable invisible jackal
kickass large leech lemming liberal limpet literate locust loose loud loutish
lumpy lurking macho maggot manic manipulative married mean meaty messy military
mole mongrel monkey monstrous moose mosquito mule mutant naughty native
nondescript noisy notorious obedient odd orangutan ordinary orthodox outrageous
parrot peculiar perky petite pig piquant pompous poor predictable primitive
provocative psychedelic pygmy queer quirky quixotic rampant rat rebel red
righteous rough ruddy sarcastic sassy scorpion screeching serpent sexy shaggy
shapeless shark sheep shrew shrewd skinny skunk slick slim sloppy sloth slug sly
small snail snake snobbish spider spotted stereotyped strange stubborn swine
swinging tacky tall tarantula termite thick tiny toad undetectable unnatural
uppish uptight urchin vagabond vague vengeful venomous viper virile vociferous
voracious vulture walrus warthog wasp weasel weightless whale white wild wolf
worm yellow
"""

UNKIND = frozenset(_WORDS.split())
"""Words from ``coolname`` that we don't use in a visitor's name."""


def visitor_name() -> str:
    """Return two words joined by a hyphen, such as ``misty-heron``.

    Returns:
        An adjective and a noun. Two visitors can get the same pair, so add a number.
    """
    while True:
        words = generate(2)
        if len(words) == 2 and UNKIND.isdisjoint(words):
            return "-".join(words)
