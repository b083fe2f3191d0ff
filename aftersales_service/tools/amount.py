"""Amounts in Chinese capitals (人民币大写), as invoices and receipts carry them."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
LIMIT = Decimal(10) ** 16


def _group(number):
    """Return four digits in words, with 零 between digits but not at the ends."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words += (DIGITS[0] if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return words


def _integer(number):
    """Return a whole number greater than zero in words."""
    words, gap = "", False
    for index in range(len(GROUPS) - 1, -1, -1):
        part = number // 10 ** (4 * index) % 10000
        if not part:
            gap = bool(words)
            continue
        # 零 where the places before are empty: 壹万零伍拾, 壹拾万零伍佰
        if words and (gap or part < 1000):
            words += DIGITS[0]
        unit = GROUPS[index]
        if index == 3 and number // 10**8 % 10000:
            unit = "万"  # 壹万贰仟亿: the 亿 of both groups is said once
        words += _group(part) + unit
        gap = False
    return words


def amount_in_words(amount):
    """Return an amount of yuan in capitals, rounded half up to the fen.

    Whole yuan and whole jiao end in 整, fen do not; a negative amount begins with 负.

    :param amount: int, Decimal, float or text
    :raise ValueError: from ten quadrillion (10^16) on, and for what is no number
    """
    try:
        value = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    except InvalidOperation as error:
        raise ValueError(f"{amount!r} is no amount") from error
    if not value.is_finite():
        raise ValueError(f"{amount!r} is no amount")
    if abs(value) < LIMIT:
        value = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if abs(value) >= LIMIT:
        raise ValueError("Amounts from 10^16 on have no usual words")
    cents = int(abs(value) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = "负" if value < 0 and cents else ""
    if yuan:
        words += _integer(yuan) + "元"
    elif not cents:
        return "零元整"
    if not jiao and not fen:
        return words + "整"
    if jiao:
        words += DIGITS[jiao] + "角"
    elif yuan:
        words += DIGITS[0]
    return words + (DIGITS[fen] + "分" if fen else "整")
