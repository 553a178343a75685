using System.Buffers.Binary;
using System.Text;

using CascadeLocal.Routing.Tensors;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>The format, and files that break it.</summary>
public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        string path = _folder.File("two.safetensors");
        using (FileStream file = File.Create(path))
            SafetensorsWriter.Write(file, [new("a", [2, 2], [1, 2, 3, 4]), new("b", [1], [-0.5f])]);
        using SafetensorsFile read = new(path);
        Assert.Equal(["a", "b"], read.Names);
        Assert.Equal([2, 2], read.Read("a").Shape);
        Assert.Equal([1, 2, 3, 4], read.Read("a").Values);
        Assert.Equal([-0.5f], read.Read("b").Values);
        Assert.Contains("no tensor c", Assert.Throws<FormatException>(() => read.Read("c")).Message);
    }

    [Theory]
    [InlineData("F16", 0x3E00)]
    [InlineData("BF16", 0x3FC0)]
    public void Half_precisions_are_widened(string type, ushort oneAndAHalf)
    {
        byte[] data = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(data, oneAndAHalf);
        using SafetensorsFile file = new(Write($$$"""{"x":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,2]}}""", data));
        Assert.Equal([1.5f], file.Read("x").Values);
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}""")]
    [InlineData("""{"x":3}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public void A_header_that_is_wrong_is_refused(string header)
    {
        string path = Write(header, new byte[4]);
        Assert.Contains("no valid safetensors file", Assert.Throws<FormatException>(() => new SafetensorsFile(path)).Message);
    }

    [Fact]
    public void A_cut_file_is_refused()
    {
        string path = Write("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<FormatException>(() => new SafetensorsFile(path));
        }
    }

    [Fact]
    public void Another_type_is_named()
    {
        using SafetensorsFile file = new(Write("""{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", new byte[8]));
        Assert.Contains("I64", Assert.Throws<FormatException>(() => file.Read("x")).Message);
    }

    private string Write(string header, byte[] data)
    {
        string path = _folder.File("made.safetensors");
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        File.WriteAllBytes(path, [.. length, .. json, .. data]);
        return path;
    }
}
