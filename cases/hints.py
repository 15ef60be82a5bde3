"""What the words of a message may mean: shown to whoever reads it, never acted on by itself."""

import re

from cases.models import Contact

Category = Contact.Category

# In the order in which they are looked for: the first that fits is hinted at.
MAY_BE = {
    Category.REASSESSMENT_REQUEST: r"re-?assess",
    Category.ASSESSMENT_REQUEST: (
        r"needs assessment|section 36|\bs\.? ?36\b|ehc assessment|ehcna|"
        r"(request|ask(ing)?|apply(ing)?) for an? (ehc|assessment|education, health)"
    ),
    Category.SUBJECT_ACCESS: r"subject access|\bsar\b|data protection|copy of (all|everything)",
    Category.INFORMATION_REQUEST: r"freedom of information|\bfoi\b",
    Category.TRIBUNAL: r"tribunal|notice of appeal|\bsend ?35\b",
    Category.MEDIATION: r"mediation",
    Category.COMPLAINT: r"complain|ombudsman|lgsco",
    Category.REPRESENTATION: r"(comments|representations?) (on|about) (the|my|our|his|her) draft",
}
PATTERNS = {category: re.compile(words, re.IGNORECASE) for category, words in MAY_BE.items()}
MOST_READ = 20_000  # characters


def may_be_formal(contact: Contact) -> Contact.Category | None:
    """The formal matter that an informal message from outside may be; None when none (H68)."""
    if contact.is_formal or contact.direction != Contact.Direction.IN or contact.internal:
        return None
    text = f"{contact.subject}\n{contact.message[:MOST_READ]}"
    return next((category for category, words in PATTERNS.items() if words.search(text)), None)
