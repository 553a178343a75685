using CascadeLocal.Engine.Gguf;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>A model of which one tensor differs is another one.</summary>
public sealed class TensorFingerprintTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_change_of_any_tensor_is_seen()
    {
        byte[] model = TestGguf.Create().Build();
        string path = _folder.Write("test.gguf", model);
        string original = TensorFingerprint.Of([path])!;
        IReadOnlyList<GgufTensor> tensors = GgufContainer.Open(path).Tensors;
        long data = model.Length - tensors.Max(tensor => tensor.Offset + tensor.Bytes);
        HashSet<string> seen = [original];

        foreach (GgufTensor tensor in tensors)
        {
            byte[] changed = [.. model];
            for (int i = 0; i < tensor.Bytes; i++)
                changed[data + tensor.Offset + i] ^= 1;
            Assert.True(seen.Add(TensorFingerprint.Of([_folder.Write("changed.gguf", changed)])!), tensor.Name);
        }

        Assert.Equal(original, TensorFingerprint.Of([_folder.Write("copy.gguf", model)]));
        Assert.NotEqual(original, TensorFingerprint.Of([path, path]));
    }

    [Fact]
    public void Of_what_is_no_model_there_is_none()
    {
        Assert.Null(TensorFingerprint.Of([_folder.Write("text.gguf", "no model"u8.ToArray())]));
        Assert.Null(TensorFingerprint.Of([System.IO.Path.Combine(_folder.Path, "none.gguf")]));
    }
}
