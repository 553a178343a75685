namespace CascadeLocal.Cascade.Files;

/// <summary>How a model's file compares with what was loaded from it.</summary>
public enum ModelFileState
{
    /// <summary>As it was loaded.</summary>
    Unchanged,

    /// <summary>Its content is another one; the old one is served until the next start.</summary>
    Replaced,

    /// <summary>Gone or unreadable; the model in memory is served on.</summary>
    Missing,
}
