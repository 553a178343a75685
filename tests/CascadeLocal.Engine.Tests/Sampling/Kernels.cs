using CascadeLocal.Engine.Sampling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>All kernels by name, so that a test runs on each of them.</summary>
internal static class Kernels
{
    public static TheoryData<string> Names => new("managed", "native scalar", "native avx2", "native avx512");

    /// <summary>The kernel of that name; skips the test where it cannot run.</summary>
    public static ILogitsKernel Get(string name)
    {
        if (name == "managed")
            return new ManagedLogitsKernel();
        Assert.SkipWhen(NativeLogitsLibrary.Instance is null, NativeLogitsLibrary.WhyMissing ?? "");
        NativeLogitsLibrary library = NativeLogitsLibrary.Instance;
        NativeLevel level = Enum.Parse<NativeLevel>(name["native ".Length..], ignoreCase: true);
        Assert.SkipWhen(level > library.BestLevel, $"this processor stops at {library.BestLevel}");
        NativeLogitsKernel kernel = new(library, level);
        Assert.Equal(name, kernel.Name);
        return kernel;
    }
}
