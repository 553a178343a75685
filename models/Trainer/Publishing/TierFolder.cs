using System.Text.Json;

using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Publishing;

/// <summary>A folder with a tier's members: their files, records, the shared tokenizer and the model card.</summary>
internal sealed class TierFolder(string path)
{
    private const string CardName = "README.md";

    /// <summary>The shared tokenizer's file.</summary>
    public string TokenizerPath => Path.Combine(path, TokenizerFile.Name);

    /// <summary>A member's quantised file.</summary>
    public string ModelPath(string member) => Path.Combine(path, $"{member}.gguf");

    /// <summary>The shared tokenizer, or null if the folder has none yet.</summary>
    /// <exception cref="FormatException">The file holds no tokenizer.</exception>
    public BytePairTokenizer? ReadTokenizer() =>
        File.Exists(TokenizerPath) ? TokenizerFile.Read(TokenizerPath) : null;

    /// <summary>Refuses to go on if a member is there already, unless that is wanted.</summary>
    /// <exception cref="IOException">The member exists.</exception>
    public void CheckMayWrite(string member, bool force)
    {
        if (!force && File.Exists(ModelPath(member)))
            throw new IOException($"{ModelPath(member)} exists; --force replaces it");
    }

    /// <summary>Adds a member with its record, and the tokenizer if it is the first, then writes the card anew.</summary>
    /// <param name="record">What is known of the member.</param>
    /// <param name="quantised">The file to move in.</param>
    /// <param name="tokenizer">The member's tokenizer.</param>
    /// <param name="force">Replace an older member of that name.</param>
    /// <exception cref="IOException">The member exists and may not be replaced.</exception>
    /// <exception cref="FormatException">The tier has another tokenizer.</exception>
    public void Add(MemberRecord record, string quantised, BytePairTokenizer tokenizer, bool force)
    {
        CheckMayWrite(record.Member, force);
        CheckTokenizer(tokenizer);
        Directory.CreateDirectory(path);
        if (!File.Exists(TokenizerPath))
            TokenizerFile.Write(TokenizerPath, tokenizer);
        File.Move(quantised, ModelPath(record.Member), overwrite: force);
        Update([record]);
    }

    /// <summary>Replaces the records of members that are there, and writes the card anew.</summary>
    public void Update(IEnumerable<MemberRecord> records)
    {
        foreach (MemberRecord record in records)
            File.WriteAllText(RecordPath(record.Member), JsonSerializer.Serialize(record, TrainerJson.Options) + "\n");
        File.WriteAllText(Path.Combine(path, CardName), ModelCard.Write(ReadRecords()));
    }

    /// <summary>All members of a tier must share one tokenizer.</summary>
    /// <exception cref="FormatException">This one differs from the tier's.</exception>
    public void CheckTokenizer(BytePairTokenizer tokenizer)
    {
        if (ReadTokenizer() is { } shared && !shared.Merges.SequenceEqual(tokenizer.Merges))
            throw new FormatException($"the member's tokenizer is not the tier's, {TokenizerPath}");
    }

    /// <summary>The records of the members, from the smallest to the largest.</summary>
    public IReadOnlyList<MemberRecord> ReadRecords() =>
    [
        .. Directory.EnumerateFiles(path, "*.gguf")
            .Select(file => RecordPath(Path.GetFileNameWithoutExtension(file)))
            .Where(File.Exists)
            .Select(file => JsonSerializer.Deserialize<MemberRecord>(File.ReadAllText(file), TrainerJson.Options)!)
            .OrderBy(record => record.Parameters),
    ];

    private string RecordPath(string member) => Path.Combine(path, $"{member}.json");
}
