using CascadeLocal.Engine.Gguf;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

public sealed class GgufFuzzTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_header_cut_at_any_byte_is_refused()
    {
        byte[] model = TestGguf.Create().Build(out int headerBytes);
        string path = _folder.Write("cut.gguf", model);
        for (int length = headerBytes - 1; length >= 0; length--)
        {
            using (FileStream file = File.OpenWrite(path))
                file.SetLength(length);
            Assert.Throws<ModelLoadException>(() => GgufFile.Open(path));
        }
    }

    [Fact]
    public void A_damaged_header_is_read_or_refused_and_nothing_else()
    {
        byte[] model = TestGguf.Create().Build(out int headerBytes);
        string path = _folder.Write("damaged.gguf", model);
        Random random = new(20_260_101);
        int accepted = 0;
        for (int i = 0; i < 10_000; i++)
        {
            GgufMutation mutation = GgufMutation.Draw(random, model, headerBytes);
            Overwrite(path, mutation.Position, mutation.Bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (NativeLlama.Accepts(path))
                accepted++;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
            Overwrite(path, mutation.Position, model[mutation.Position..(mutation.Position + mutation.Bytes.Length)]);
        }

        // Most of the header is the text of tokens, where damage is harmless, and lengths, where it is not.
        Assert.InRange(accepted, 1_000, 9_000);
        Assert.True(NativeLlama.Accepts(path));
    }

    private static void Overwrite(string path, int position, byte[] bytes)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = position;
        file.Write(bytes);
    }
}
