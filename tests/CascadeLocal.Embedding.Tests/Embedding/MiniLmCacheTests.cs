using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Embedding.MiniLm;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>The conversion of the package's weights on first use.</summary>
public sealed class MiniLmCacheTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Two_that_convert_at_once_end_with_one_folder()
    {
        string[] folders = new string[2];
        Parallel.For(0, folders.Length, i => folders[i] = MiniLmCache.Ensure(_root.Path));
        Assert.Equal(folders[0], folders[1]);
        Assert.Equal([folders[0]], Directory.GetFileSystemEntries(_root.Path));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    [InlineData("config.json")]
    public void A_damaged_file_is_made_anew(string file)
    {
        string path = Path.Combine(MiniLmCache.Ensure(_root.Path), file);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^1]);
        MiniLmCache.Ensure(_root.Path);
        Assert.Equal(whole, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFileSystemEntries(_root.Path));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_named()
    {
        string occupied = _root.File("file");
        File.WriteAllText(occupied, "");
        Assert.Contains(occupied, Assert.Throws<EmbeddingException>(() => MiniLmCache.Ensure(occupied)).Message);
    }
}
