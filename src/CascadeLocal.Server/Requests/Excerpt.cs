namespace CascadeLocal.Server.Requests;

/// <summary>Shortens what a client wrote so that it can be repeated in a message.</summary>
internal static class Excerpt
{
    private const int MaxLength = 100;

    public static string Of(string text)
    {
        if (text.Length <= MaxLength)
            return text;
        // Never cut a surrogate pair in half.
        int length = char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return string.Concat(text.AsSpan(0, length), "...");
    }
}
