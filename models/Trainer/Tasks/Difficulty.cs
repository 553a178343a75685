namespace CascadeLocal.Trainer.Tasks;

/// <summary>How much training a family wants, as the first trained models showed.</summary>
internal enum Difficulty
{
    /// <summary>The smallest member learns it fully.</summary>
    Easy,

    /// <summary>Its higher levels are beyond the smallest member.</summary>
    Medium,

    /// <summary>It separates the large members too.</summary>
    Hard,
}
