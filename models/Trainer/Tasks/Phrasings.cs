namespace CascadeLocal.Trainer.Tasks;

/// <summary>
/// The ways to ask one kind of question: opening x core x closing. Cores are written in lower case with slots {0}, {1}
/// ... for the operands; the first letter becomes a capital where a sentence begins.
/// </summary>
internal sealed class Phrasings
{
    // A combination is held out where the three indexes add up to 4 modulo 5. Every part still occurs in a seen
    // combination, since changing one index leaves the held-out diagonal.
    private const int Diagonal = 5;
    private const int HeldOutRemainder = 4;

    private readonly string[][] _pools;
    private readonly HashSet<string> _bare;

    /// <summary>Combines the parts.</summary>
    /// <param name="openings">What may stand before the core, with its space.</param>
    /// <param name="cores">The cores that training uses.</param>
    /// <param name="heldOutCores">The cores of Test C.</param>
    /// <param name="closings">What may follow the core, with its space.</param>
    public Phrasings(
        IReadOnlyList<string> openings,
        IReadOnlyList<string> cores,
        IReadOnlyList<string> heldOutCores,
        IReadOnlyList<string> closings)
    {
        List<string> seen = [];
        List<string> unseenCombination = [];
        List<string> unseenCore = [];
        for (int opening = 0; opening < openings.Count; opening++)
            for (int closing = 0; closing < closings.Count; closing++)
            {
                for (int core = 0; core < cores.Count; core++)
                {
                    bool heldOut = (opening + core + closing) % Diagonal == HeldOutRemainder;
                    (heldOut ? unseenCombination : seen).Add(Join(openings[opening], cores[core], closings[closing]));
                }
                foreach (string core in heldOutCores)
                    unseenCore.Add(Join(openings[opening], core, closings[closing]));
            }
        _pools = [[.. seen], [.. unseenCombination], [.. unseenCore]];
        _bare = [.. _pools.SelectMany(pool => pool).Select(TypingStyle.BareOf)];
    }

    /// <summary>Of families that only people put into words.</summary>
    public static Phrasings None { get; } = new([], [], [], []);

    /// <summary>All phrasings of one of the generated pools.</summary>
    public IReadOnlyList<string> In(PhrasingPool pool) => _pools[(int)pool];

    /// <summary>Whether a phrasing is one of any pool, be it in capitals or with another mark at its end.</summary>
    public bool Has(string phrasing) => _bare.Contains(TypingStyle.BareOf(phrasing));

    private static string Join(string opening, string core, string closing)
    {
        bool startsSentence = opening.Length == 0 || opening.TrimEnd()[^1] is '.' or '!' or '?';
        return opening + (startsSentence ? char.ToUpperInvariant(core[0]) + core[1..] : core) + closing;
    }
}
