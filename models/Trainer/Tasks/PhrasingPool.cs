namespace CascadeLocal.Trainer.Tasks;

/// <summary>Which of a family's phrasings a question may use.</summary>
internal enum PhrasingPool
{
    /// <summary>The generated phrasings that training uses.</summary>
    Seen,

    /// <summary>Test B: combinations of opening, core and closing that training never uses, each part of which it does.</summary>
    UnseenCombination,

    /// <summary>Test C: cores that training never uses.</summary>
    UnseenCore,

    /// <summary>What people wrote for training, see <see cref="WrittenPhrasings"/>.</summary>
    Written,

    /// <summary>Test D: what the writers wrote whom training never sees.</summary>
    UnseenWriter,
}
