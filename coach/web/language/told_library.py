"""What Flask-Security says, in the page's language."""

from flask_security.babel import FsDomain

from coach.web.language.told import told


class OurSentences(FsDomain):
    """Its sentences, which are ours, by our catalog instead of the library's own."""

    def gettext(self, string: str, **variables: object) -> str:
        """One sentence."""
        return told(string) % variables if variables else told(string)

    def ngettext(self, singular: str, plural: str, num: int, **variables: object) -> str:
        """One that counts."""
        return self.gettext(singular if num == 1 else plural, num=num, **variables)
