using System.Text;

using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Engine.Gguf;

/// <summary>Reads the tokenizer of a model file that was checked: its arrays are long, and needed only once.</summary>
internal static class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>The tokenizer of <paramref name="file"/>.</summary>
    /// <exception cref="ModelLoadException">The file has changed, and is damaged now.</exception>
    public static TokenizerVocabulary Read(GgufFile file)
    {
        try
        {
            using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            GgufReader reader = new(file.Path, handle, RandomAccess.GetLength(handle));
            byte[][] tokens = Strings(file, reader, "tokens");
            for (int id = 0; id < tokens.Length; id++)
            {
                // llama.cpp's name for a token without a text.
                if (tokens[id].Length == 0)
                    tokens[id] = Encoding.ASCII.GetBytes($"[EMPTY_{id}]");
            }

            return new TokenizerVocabulary
            {
                Model = file.GetString(Prefix + "model")!,
                PreTokenizer = file.GetString(Prefix + "pre"),
                Tokens = tokens,
                Kinds = Elements(file, reader, "token_type", field => (TokenKind)reader.ReadUInt32(field)),
                Scores = Elements(file, reader, "scores", field => BitConverter.UInt32BitsToSingle(reader.ReadUInt32(field))),
                Merges = Strings(file, reader, "merges"),
                UnknownToken = UnknownToken(file, tokens.Length),
                AddSpacePrefix = Flag(file, "add_space_prefix"),
                RemoveExtraWhitespaces = Flag(file, "remove_extra_whitespaces") ?? false,
                PrecompiledCharsMap = Elements(file, reader, "precompiled_charsmap", reader.ReadByte),
                Lowercase = Flag(file, "normalizer.lowercase"),
                StripAccents = Flag(file, "normalizer.strip_accents"),
            };
        }
        catch (IOException error)
        {
            throw new ModelLoadException(file.Path, "file", $"cannot be read: {error.Message}", error);
        }
    }

    /// <summary>None where it is outside the vocabulary: llama.cpp then takes the usual one.</summary>
    private static int? UnknownToken(GgufFile file, int tokens) =>
        file.TryGet(Prefix + "unknown_token_id", out GgufValue? value) && value.Numbers is [double id] && id < tokens ? (int)id : null;

    private static bool? Flag(GgufFile file, string name) =>
        file.TryGet(Prefix + name, out GgufValue? value) && value.Type == GgufValueType.Bool ? value.Numbers![0] != 0 : null;

    /// <summary>Texts, each up to its first zero byte, as llama.cpp reads them.</summary>
    private static byte[][] Strings(GgufFile file, GgufReader reader, string name) => Elements(file, reader, name, field =>
    {
        byte[] text = reader.ReadBytes(reader.ReadStringLength(field), field);
        int zero = text.AsSpan().IndexOf((byte)0);
        return zero < 0 ? text : text[..zero];
    });

    private static T[] Elements<T>(GgufFile file, GgufReader reader, string name, Func<string, T> read)
    {
        string field = Prefix + name;
        if (!file.TryGet(field, out GgufValue? value))
            return [];
        T[] result = new T[value.Count];
        reader.Seek(value.Offset);
        for (int i = 0; i < result.Length; i++)
            result[i] = read(field);
        return result;
    }
}
