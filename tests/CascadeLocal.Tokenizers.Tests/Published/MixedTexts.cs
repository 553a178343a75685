using System.Text;

namespace CascadeLocal.Tokenizers.Tests.Published;

/// <summary>Texts mixed of all that tokenizers treat apart: scripts, digits, white space, contractions, emoji, marks, controls.</summary>
internal sealed class MixedTexts(int seed)
{
    private static readonly string[] Words =
    [
        "the", "The", "THE", "don't", "I'M", "we'Ll", "x'd", "it's", "they're", "'tis", "Hello", "helloWorld", "JSONParser", "naïve",
        "Привет", "мир", "ÉCOLE", "Straße", "ǅ", "ﬁ", "日本語", "です", "カタカナ", "中文", "한국어", "안녕", "สวัสดี", "العربية", "עברית", "हिन्दी",
        "বাংলা", "ﬀ", "ſ", "<dna>", "ACGT", "</dna>", "<sentinel:12>", "IMGIMGABCZ", "http://a.b/c?d=e", "a_b", "C++", "x=1;", "//", "/*", "</p>",
        "e\u0301", "n\u0303o", "\u0301\u0302", "👍", "👨‍👩‍👧", "🏳️‍🌈", "☕", "…", "“”", "—", "£€", "²³", "½", "Ⅷ", "٣٤", "１２", "\uE000", "\uFFFE",
        "\U000F0000", "\U0001D400", "𠀀", "龥", "豈", "\uFFFD", "\ud800", "\u0085", "\u00A0", "\u2003", "\u3000", "\u200B", "\u200D", "\u202E",
        "\0", "\u0001", "\u001B", "\u001F", "\u007F", "~", "`", "_", "'", "''", "▁", "Ġ",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A text of up to <paramref name="most"/> parts.</summary>
    /// <param name="most">Most parts.</param>
    /// <param name="more">Words of a vocabulary that are mixed in.</param>
    public string Next(int most = 12, IReadOnlyList<string>? more = null)
    {
        StringBuilder text = new();
        int parts = _random.Next(1, most + 1);
        for (int i = 0; i < parts; i++)
            AppendPart(text, more);
        return text.ToString();
    }

    private void AppendPart(StringBuilder text, IReadOnlyList<string>? more)
    {
        switch (_random.Next(12))
        {
            case 0:
                text.Append(' ');
                break;
            case 1:
                text.Append(_random.Next(5) switch { 0 => '\n', 1 => '\t', 2 => '\r', _ => ' ' }, _random.Next(1, 6));
                break;
            case 2:
                for (int digits = _random.Next(1, 9); digits > 0; digits--)
                    text.Append((char)('0' + _random.Next(10)));
                break;
            case 3:
                text.Append((char)_random.Next('!', 0x7F), _random.Next(1, 4));
                break;
            case 4:
                AppendRune(text, _random.Next(0x3000));
                break;
            case 5:
                AppendRune(text, _random.Next(0x110000));
                break;
            case 6 when more is { Count: > 0 }:
                text.Append(more[_random.Next(more.Count)]);
                break;
            case 7:
                for (int letters = _random.Next(1, 8); letters > 0; letters--)
                    text.Append((char)((_random.Next(2) == 0 ? 'a' : 'A') + _random.Next(26)));
                break;
            case 8:
                text.Append("\r\n"[_random.Next(2)..]);
                break;
            default:
                text.Append(Words[_random.Next(Words.Length)]);
                break;
        }
    }

    private static void AppendRune(StringBuilder text, int value)
    {
        if (Rune.IsValid(value))
            text.Append(new Rune(value));
        else
            text.Append((char)value);
    }
}
