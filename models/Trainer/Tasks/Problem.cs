namespace CascadeLocal.Trainer.Tasks;

/// <summary>What is asked, before it is put into words.</summary>
/// <param name="Answer">The one right answer.</param>
/// <param name="Operands">The texts that fill the slots {0}, {1} ... of a phrasing.</param>
internal sealed record Problem(string Answer, params string[] Operands)
{
    /// <summary>
    /// The operands are too few to hold some of them out (capitals, sums of two digits): pairs of operands and phrasing
    /// are held out instead. A function of the operands alone.
    /// </summary>
    public bool Closed { get; init; }

    /// <summary>
    /// What decides the split of an open problem: the operands, as one text. Problems that are the same question in
    /// another order (3 + 4, 4 + 3) give the same key.
    /// </summary>
    public string Key { get; init; } = KeyOf(Operands);

    /// <summary>The key of some operands.</summary>
    public static string KeyOf(params IEnumerable<string> operands) =>
        string.Join('\n', operands).ToLowerInvariant();
}
