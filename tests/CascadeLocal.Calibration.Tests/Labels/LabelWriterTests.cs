using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Tests.Fitting;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Labels;

public sealed class LabelWriterTests
{
    [Fact]
    public void A_file_is_opened_in_little_memory_however_large_it_is()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("labels.jsonl");
        LabelRow row = Tables.Row("q", "m", 1) with { TokenLogprobs = [.. Enumerable.Repeat(-0.123f, 50_000)] };
        using (LabelWriter file = LabelWriter.Open(path))
        {
            for (int i = 0; i < 40; i++)
                file.Write(row with { Id = $"q{i}" });
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using LabelWriter opened = LabelWriter.Open(path);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(40, opened.Rows.Count);
        Assert.InRange(allocated, 0, new FileInfo(path).Length / 4);
    }
}
