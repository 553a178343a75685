using TorchSharp;

namespace CascadeLocal.Trainer;

/// <summary>How many threads libtorch may use.</summary>
internal static class TorchThreads
{
    /// <summary>
    /// One: these models are too small for more, and a second thread collapses when a core is busy. Train two members in
    /// two processes instead.
    /// </summary>
    public static void UseOne() => Use(1);

    /// <summary>More: for the largest member on a machine that has nothing else to do.</summary>
    public static void Use(int count) => torch.set_num_threads(count);
}
