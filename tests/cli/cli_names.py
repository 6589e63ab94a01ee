#!/usr/bin/env python3
"""Class names as people write them, in lists, and the advice where there is none. With the bundled model;
skipped where it is absent."""
import json
import sys
import unicodedata

import cli_support
from cli_support import ASSETS, CliTest

MODEL = ASSETS / "emoji-64.gguf"


class Names(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = str(MODEL)

    def drawn(self, text):
        """Names of the classes that --class TEXT draws."""
        report = json.loads(self.good("generate", "-c", text, "-s", "1", "--steps", "1", "-o", "null",
                                      "--json").out)
        return [picture["class_name"] for picture in report["pictures"]]

    def test_what_does_not_count(self):
        """Case, apostrophes, hyphens, accents, punctuation, skin tones and selectors, composed or not."""
        cases = {
            "one o’clock": ["one o'clock", "ONE O’CLOCK", "one oclock"],
            "piñata": ["PINATA", "piñata", unicodedata.normalize("NFD", "piñata")],
            "t-shirt": ["T-SHIRT", "t shirt", "tshirt", "t‑shirt"],
            "flag: Åland Islands": ["aland islands", unicodedata.normalize("NFD", "ÅLAND ISLANDS")],
            "flag: Côte d’Ivoire": ["cote d'ivoire"],
            "thumbs up": ["👍🏿", "👍"],
            "woman firefighter": ["👩🏽‍🚒", "👩‍🚒"],
            "red heart": ["❤", "❤\ufe0f", "❤\ufe0e"],
        }
        texts = [text for spelled in cases.values() for text in spelled]
        self.assertEqual(self.drawn(",".join(texts)),
                         [name for name, spelled in cases.items() for _ in spelled])

    def test_commas_in_names(self):
        kiss, family = "kiss: woman, man", "family: man, woman, boy"
        self.assertEqual(self.drawn(kiss), [kiss])
        self.assertEqual(self.drawn("KISS: Woman, Man"), [kiss])
        self.assertEqual(self.drawn(f'cat,"{kiss}",dog'), ["cat", kiss, "dog"])
        self.assertEqual(self.drawn(f'"{kiss}" , "{family}"'), [kiss, family])
        self.assertEqual(self.drawn("cat," + kiss.replace(",", "\\,")), ["cat", kiss])
        self.assertEqual(self.drawn('"cat",dog'), ["cat", "dog"])

    def test_a_list_is_no_name(self):
        """Though there are "hot dog" and names with both a woman and a man."""
        self.assertEqual(self.drawn("hot face,dog"), ["hot face", "dog"])
        self.assertEqual(self.drawn("woman,man"), ["woman", "man"])
        self.bad(2, "generate", "-c", "hot,dog", says='class "hot": expected a part of one name')

    def test_wrong_lists(self):
        self.bad(2, "generate", "-c", 'cat,"dog', says="expected a quotation mark")
        self.bad(2, "generate", "-c", '"cat"dog', says="expected a quotation mark")
        self.bad(2, "generate", "-c", 'cat,""', says="an empty name")
        self.bad(2, "generate", "-c", "cat,,dog", says="an empty name")
        self.bad(2, "generate", "-c", "cat,", says="an empty name")

    def test_suggestions_are_near(self):
        for text, near in {"grining face": "grinning face", "one o'clok": "one o’clock",
                           "unicorn face": "unicorn", "🫩": "🫨 shaking face", "🇽🇽": "🇽🇰 flag: Kosovo",
                           "👩🏽‍🧑": "👩 woman"}.items():
            said = self.bad(2, "generate", "-c", text, says="the nearest ").err
            self.assertIn(f" are {near}", said)
        for text in ["xqzvw kfjgh", "顔"]:
            self.bad(2, "generate", "-c", text, says="found none of the model's")
        self.bad(2, "generate", "-c", "🏽", says="found nothing")
        self.bad(2, "generate", "-c", "-1", says="expected an index")


if __name__ == "__main__":
    if not MODEL.exists():
        print("skipped: there is no bundled model at assets/emoji-64.gguf")
        sys.exit(77)
    cli_support.main()
