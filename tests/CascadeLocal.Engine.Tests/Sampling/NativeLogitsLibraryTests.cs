using CascadeLocal.Engine.Sampling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

public sealed class NativeLogitsLibraryTests
{
    [Fact]
    public void A_missing_library_is_no_error_and_has_a_reason()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "no-such-library.so");
        Assert.Null(NativeLogitsLibrary.Load(path, out string? reason));
        Assert.Contains(path, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_no_error_and_has_a_reason()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "not a library");
            Assert.Null(NativeLogitsLibrary.Load(path, out string? reason));
            Assert.Contains(path, reason, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_native_kernel_is_taken_where_it_was_built()
    {
        Assert.SkipWhen(NativeLogitsLibrary.Instance is null, NativeLogitsLibrary.WhyMissing ?? "");
        Assert.Null(NativeLogitsLibrary.WhyMissing);
        Assert.StartsWith("native ", LogitsKernel.Best.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_small_a_scratch_is_refused_before_native_code_sees_it()
    {
        ILogitsKernel kernel = Kernels.Get("native scalar");
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel.Choose(new float[9], new TokenSelection(1, 0, 1, 0), 0, new ulong[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel.Summarize([]));
    }
}
