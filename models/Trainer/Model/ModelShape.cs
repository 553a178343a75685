namespace CascadeLocal.Trainer.Model;

/// <summary>The dimensions of a llama-architecture model with heads of 64 and a tied output head.</summary>
/// <param name="Name">The member's name, such as <c>nano</c>.</param>
/// <param name="Width">The embedding length; a multiple of <see cref="HeadWidth"/>.</param>
/// <param name="Layers">The number of blocks.</param>
/// <param name="FeedForward">The width inside the feed-forward part.</param>
internal sealed record ModelShape(string Name, int Width, int Layers, int FeedForward)
{
    /// <summary>Few wide heads: with 32 the attention's overhead dominates on a CPU.</summary>
    public const int HeadWidth = 64;

    /// <summary>The longest sequence trained on, in tokens.</summary>
    public const int ContextLength = 1024;

    /// <summary>The base of the rotary embedding's frequencies.</summary>
    public const float RopeBase = 10_000f;

    /// <summary>Added to the mean square in every RMS norm.</summary>
    public const float NormEpsilon = 1e-5f;

    /// <summary>About half a million parameters.</summary>
    public static ModelShape Nano { get; } = new("nano", 128, 3, 256);

    /// <summary>About 3 million parameters.</summary>
    public static ModelShape Small { get; } = new("small", 256, 3, 768);

    /// <summary>About 14 million parameters.</summary>
    public static ModelShape Base { get; } = new("base", 512, 5, 1024);

    /// <summary>Tiny: shows within seconds that everything works.</summary>
    public static ModelShape Quick { get; } = new("quick", 64, 3, 128);

    /// <summary>Every shape by which a member can be trained.</summary>
    public static IReadOnlyList<ModelShape> All { get; } = [Nano, Small, Base, Quick];

    /// <summary>The number of attention heads.</summary>
    public int Heads => Width / HeadWidth;
}
