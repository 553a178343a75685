using CascadeLocal.Routing.Embedding;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>The conversion of the package's weights on first use.</summary>
public sealed class MiniLmCacheTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Some_that_convert_at_once_end_with_one_folder(bool isDamagedBefore)
    {
        if (isDamagedBefore)
            File.WriteAllText(Path.Combine(MiniLmCache.Ensure(_root.Path), "vocab.txt"), "cut");
        string[] folders = new string[3];
        Parallel.For(0, folders.Length, i => folders[i] = MiniLmCache.Ensure(_root.Path));
        Assert.Single(folders.Distinct());
        Assert.Equal([folders[0]], Directory.GetDirectories(_root.Path));
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
        Assert.Single(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void A_cache_that_cannot_be_read_is_named()
    {
        // A folder in a file's place is refused to everybody, root included.
        Directory.CreateDirectory(Path.Combine(_root.File("all-MiniLM-L6-v2-24.9.52193"), "config.json"));
        Assert.Contains(_root.Path, Assert.Throws<EmbeddingException>(() => MiniLmCache.Ensure(_root.Path)).Message);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_named()
    {
        string occupied = _root.File("file");
        File.WriteAllText(occupied, "");
        Assert.Contains(occupied, Assert.Throws<EmbeddingException>(() => MiniLmCache.Ensure(occupied)).Message);
    }
}
