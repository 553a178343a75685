namespace CascadeLocal.Engine.Sampling;

/// <summary>Picks the kernel of this process.</summary>
internal static class LogitsKernel
{
    /// <summary>The native kernel if its library lies beside the program and can be used here, else the managed twin.</summary>
    public static ILogitsKernel Best { get; } =
        NativeLogitsLibrary.Instance is { } library
            ? new NativeLogitsKernel(library, library.BestLevel)
            : new ManagedLogitsKernel();
}
