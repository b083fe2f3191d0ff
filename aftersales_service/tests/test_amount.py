import random
from decimal import Decimal

from odoo.tests import BaseCase

from ..tools.amount import amount_in_words


class TestAmount(BaseCase):
    """人民币大写: an amount on paper can't be altered by adding a digit."""

    def check(self, cases):
        for amount, words in cases.items():
            with self.subTest(amount=amount):
                self.assertEqual(amount_in_words(amount), words)

    def test_whole_yuan(self):
        self.check(
            {
                0: "零元整",
                1: "壹元整",
                10: "壹拾元整",
                11: "壹拾壹元整",
                20: "贰拾元整",
                100: "壹佰元整",
                101: "壹佰零壹元整",
                110: "壹佰壹拾元整",
                1001: "壹仟零壹元整",
                1010: "壹仟零壹拾元整",
                1100: "壹仟壹佰元整",
                9999: "玖仟玖佰玖拾玖元整",
            }
        )

    def test_inner_zeros_between_groups(self):
        self.check(
            {
                10000: "壹万元整",
                10001: "壹万零壹元整",
                10050: "壹万零伍拾元整",
                10500: "壹万零伍佰元整",
                15000: "壹万伍仟元整",
                100500: "壹拾万零伍佰元整",
                105000: "壹拾万伍仟元整",
                1000005: "壹佰万零伍元整",
                20003000: "贰仟万叁仟元整",
                60000000: "陆仟万元整",
                100000000: "壹亿元整",
                100000001: "壹亿零壹元整",
                100010000: "壹亿零壹万元整",
                101000000: "壹亿零壹佰万元整",
                123456789: "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元整",
                1000000000000: "壹万亿元整",
                1234500000000: "壹万贰仟叁佰肆拾伍亿元整",
                1000000000001: "壹万亿零壹元整",
            }
        )

    def test_jiao_and_fen(self):
        self.check(
            {
                "0.01": "壹分",
                "0.10": "壹角整",
                "0.11": "壹角壹分",
                "1.05": "壹元零伍分",
                "1.50": "壹元伍角整",
                "1.55": "壹元伍角伍分",
                "10.50": "壹拾元伍角整",
                "100.07": "壹佰元零柒分",
                "16409.02": "壹万陆仟肆佰零玖元零贰分",
                "107000.53": "壹拾万柒仟元伍角叁分",
                "325.04": "叁佰贰拾伍元零肆分",
            }
        )

    def test_negative_and_rounding(self):
        self.check(
            {
                "-1": "负壹元整",
                "-0.05": "负伍分",
                "-0.004": "零元整",
                "0.005": "壹分",
                "0.995": "壹元整",
                "999999.995": "壹佰万元整",
                0.1 + 0.2: "叁角整",
                Decimal("1860.5"): "壹仟捌佰陆拾元伍角整",
            }
        )

    def test_every_amount_reads_back(self):
        """The words of many amounts, read digit by digit, give the amount again."""
        for cents in [*range(0, 20000, 7), *range(10**6, 10**9, 987653), 10**15 + 30405]:
            words = amount_in_words(Decimal(cents) / 100)
            with self.subTest(cents=cents, words=words):
                self.assertEqual(self.read_back(words), cents)
                self.assertNotIn("零零", words)

    def test_amounts_of_every_size_read_back(self):
        """Amounts drawn from every size up to the limit, with zeros in every place."""
        source = random.Random(20260305)
        for size in range(1, 19):
            for _turn in range(300):
                figures = [source.choice("0012345678900") for _place in range(size)]
                cents = int("".join(figures))
                words = amount_in_words(Decimal(cents) / 100)
                with self.subTest(cents=cents, words=words):
                    self.assertEqual(self.read_back(words), cents)
                    self.assertNotIn("零零", words)
                    self.assertEqual(words.endswith("整"), cents % 10 == 0)
                    self.assertNotIn("零元", words.removeprefix("零元"))
                    if cents:
                        self.assertEqual(amount_in_words(Decimal(-cents) / 100), f"负{words}")

    def test_the_last_fen_before_the_limit(self):
        words = amount_in_words(Decimal("9999999999999999.99"))
        self.assertEqual(self.read_back(words), 10**18 - 1)

    def test_too_large_is_refused(self):
        for amount in (10**16, -(10**16), Decimal("9999999999999999.995"), Decimal("1e300")):
            with self.subTest(amount=amount), self.assertRaises(ValueError):
                amount_in_words(amount)

    def test_what_is_no_number_is_refused(self):
        for amount in ("", "ten", "NaN", float("inf"), Decimal("-Infinity"), None):
            with self.subTest(amount=amount), self.assertRaises(ValueError):
                amount_in_words(amount)

    @staticmethod
    def read_back(words):
        """Read an amount in words, another way than it was written."""
        total = section = digit = cents = 0
        for char in words.removesuffix("整"):
            if char in "零壹贰叁肆伍陆柒捌玖":
                digit = "零壹贰叁肆伍陆柒捌玖".index(char)
            elif char in "拾佰仟":
                section += digit * 10 ** ("拾佰仟".index(char) + 1)
                digit = 0
            elif char in "万亿":
                unit = {"万": 10**4, "亿": 10**8}[char]
                if char == "亿":
                    total, section = (total + section + digit) * unit, 0
                else:
                    total, section = total + (section + digit) * unit, 0
                digit = 0
            elif char == "元":
                cents = (total + section + digit) * 100
                digit = 0
            elif char in "角分":
                cents += digit * (10 if char == "角" else 1)
                digit = 0
        return cents
