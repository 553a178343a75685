namespace CascadeLocal.Trainer.Tasks;

/// <summary>Which of a family's phrasings a question may use.</summary>
internal enum PhrasingPool
{
    /// <summary>The phrasings that training uses, and every query file with it.</summary>
    Seen,

    /// <summary>Test B: combinations of opening, core and closing that training never uses, each part of which it does.</summary>
    UnseenCombination,

    /// <summary>Test C: cores that training never uses.</summary>
    UnseenCore,
}
