using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

public sealed class GgufFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_model_is_read_and_llama_cpp_evaluates_it()
    {
        string path = _folder.Write("test.gguf", TestGguf.Create().Build());
        ModelMetadata model = GgufFile.Open(path).Metadata;

        Assert.Equal("llama", model.Architecture);
        Assert.Equal("Test model", model.Name);
        Assert.Equal(TestGguf.ContextLength, model.ContextLength);
        Assert.Equal([4, 4], model.HeadCount);
        Assert.Equal([2, 2], model.KvHeadCount);
        Assert.Equal(8, model.KeyLength);
        Assert.Equal(8, model.ValueLength);
        Assert.Null(model.SlidingWindow);
        Assert.Equal(266, model.VocabularySize);
        Assert.Equal("F32", model.Quantization);
        // Two layers, two heads, keys and values of eight elements of two bytes.
        Assert.Equal(2 * 2 * (8 + 8) * 2, model.KvBytesPerToken(GgmlType.F16, GgmlType.F16));
        Assert.True(NativeLlama.Evaluates(path));
        using var weights = NativeLlama.Load(path);
        Assert.Equal((ulong)model.ParameterCount, weights.ParameterCount);
    }

    [Fact]
    public void The_published_model_is_read_as_llama_cpp_reads_it()
    {
        Assert.SkipWhen(RepositoryPaths.SmolLm2 is null, RepositoryPaths.SmolLm2Missing);
        ModelMetadata model = GgufFile.Open(RepositoryPaths.SmolLm2!).Metadata;
        using var weights = NativeLlama.Load(RepositoryPaths.SmolLm2!);

        Assert.Equal("Q4_1", model.Quantization);
        Assert.Equal((ulong)model.ParameterCount, weights.ParameterCount);
        Assert.Equal(weights.ContextSize, model.ContextLength);
        Assert.Equal(weights.EmbeddingSize, model.EmbeddingLength);
        Assert.Equal(weights.Vocab.Count, model.VocabularySize);
        Assert.Equal(30 * 3 * 2 * 64 * 2, model.KvBytesPerToken(GgmlType.F16, GgmlType.F16));
        Assert.Equal(30 * 3 * 2 * 64 / 32 * 34, model.KvBytesPerToken(GgmlType.Q8_0, GgmlType.Q8_0));
        Assert.Contains("<|im_start|>", model.ChatTemplates[ModelMetadata.DefaultTemplate], StringComparison.Ordinal);
    }

    [Fact]
    public void Version_2_has_the_same_layout()
    {
        GgufBuilder builder = TestGguf.Create();
        builder.Version = 2;
        Assert.Equal(2, GgufFile.Open(_folder.Write("v2.gguf", builder.Build())).Metadata.BlockCount);
    }

    [Fact]
    public void Sampling_defaults_come_from_the_file()
    {
        GgufBuilder builder = TestGguf.Create()
            .Set("general.sampling.temp", 0.6f).SetRaw("general.sampling.top_k", 5, w => w.Write(20))
            .Set("general.sampling.top_p", 0.95f).Set("general.sampling.min_p", 0.05f).Set("general.sampling.penalty_repeat", 1.1f);
        var sampling = GgufFile.Open(_folder.Write("sampling.gguf", builder.Build())).Metadata.Sampling;
        Assert.Equal((0.6f, 20, 0.95f, 0.05f, 1.1f), (sampling.Temperature, sampling.TopK, sampling.TopP, sampling.MinP, sampling.RepetitionPenalty));
        Assert.Null(sampling.FrequencyPenalty);
    }

    [Theory]
    [InlineData("", "file", "is empty")]
    [InlineData("<!DOCTYPE html><html><body>404</body></html>", "magic", "is an HTML page, not a model")]
    [InlineData("\n <html lang=en>", "magic", "is an HTML page, not a model")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "magic", "Git LFS pointer")]
    [InlineData("{\"error\":\"not found\"}", "magic", "is JSON text")]
    [InlineData("GG", "magic", "the file ends at 2")]
    [InlineData("GGJT0000000000000", "magic", "starts with 'GGJT'")]
    public void What_is_no_GGUF_file_is_told_in_plain_words(string content, string field, string reason) =>
        Refused(Encoding.UTF8.GetBytes(content), field, reason);

    [Theory]
    [InlineData("clip", null, "this is a multimodal projector (mmproj)")]
    [InlineData("clip", "mmproj", "is 'mmproj': this is a multimodal projector (mmproj)")]
    [InlineData("llama", "mmproj", "this is a multimodal projector (mmproj)")]
    [InlineData("llama", "adapter", "this is an adapter (LoRA) for another model")]
    [InlineData("llama", "imatrix", "this is an importance matrix")]
    [InlineData("bert", null, "'bert' is an encoder")]
    [InlineData("t5", "model", "'t5' is an encoder with a decoder")]
    public void What_lies_beside_a_model_and_is_none_is_refused_by_what_it_is(string architecture, string? type, string reason)
    {
        GgufBuilder builder = TestGguf.Create().Set("general.architecture", architecture);
        if (type is not null)
            builder.Set("general.type", type);

        Refused(builder.Build(), type is null or "model" ? "general.architecture" : "general.type", reason);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Equal("does not exist", Assert.Throws<ModelLoadException>(() => GgufFile.Open(Path.Combine(_folder.Path, "none.gguf"))).Reason);
        Assert.Equal("is a folder, not a regular file", Assert.Throws<ModelLoadException>(() => GgufFile.Open(_folder.Path)).Reason);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_no_regular_file_is_refused_at_once()
    {
        string fifo = Path.Combine(_folder.Path, "fifo.gguf");
        using (Process make = Process.Start("mkfifo", fifo))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        string link = Path.Combine(_folder.Path, "link.gguf");
        File.CreateSymbolicLink(link, fifo);
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string socketPath = Path.Combine(_folder.Path, "socket.gguf");
        socket.Bind(new UnixDomainSocketEndPoint(socketPath));

        foreach ((string path, string kind) in new[] { (fifo, "FIFO"), (link, "FIFO"), (socketPath, "socket"), ("/dev/zero", "device") })
        {
            // Opening a FIFO cannot be cancelled, so a test that waited for it here would never end.
            Task open = Task.Run(() => GgufFile.Open(path), TestContext.Current.CancellationToken);
            ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() => open.WaitAsync(TestContext.Current.CancellationToken));
            Assert.Equal(("file", $"is a {kind}, not a regular file"), (error.Field, error.Reason));
        }
    }

    [Fact]
    public void A_link_to_a_model_is_as_good_as_the_model()
    {
        string path = _folder.Write("model.gguf", TestGguf.Create().Build());
        string link = Path.Combine(_folder.Path, "link.gguf");
        File.CreateSymbolicLink(link, path);

        Assert.Equal("Test model", GgufFile.Open(link).Metadata.Name);
    }

    [Theory]
    [InlineData("tokenizer.ggml.tokens", "is UInt32, but must be an array")]
    [InlineData("tokenizer.ggml.merges", "is UInt32, but must be an array of String")]
    [InlineData("tokenizer.chat_template", "is UInt32, but must be String")]
    [InlineData("llama.rope.freq_base", "is UInt32, but must be Float32")]
    [InlineData("general.alignment", "is an array of Int32, but must be UInt32")]
    [InlineData("llama.context_length", "is an array of Int32, but must be a whole number")]
    [InlineData("general.architecture", "is an array of Int32, but must be String")]
    public void A_key_of_a_wrong_type_is_told_with_both_types(string key, string reason)
    {
        GgufBuilder builder = TestGguf.Create();
        builder = reason.Contains("array of Int32", StringComparison.Ordinal) ? builder.Set(key, [32, 32]) : builder.Set(key, 32u);

        Refused(builder.Build(), key, reason);
    }

    [Fact]
    public void A_file_that_lacks_its_last_byte_names_the_tensor()
    {
        byte[] bytes = TestGguf.Create().Build();
        Refused(bytes[..^1], "output.weight", $"the file ends at {bytes.Length - 1:N0} but tensor output.weight needs bytes up to {bytes.Length:N0}: truncated");
    }

    private void Refused(byte[] content, string field, string reason)
    {
        string path = _folder.Write("refused.gguf", content);
        ModelLoadException exception = Assert.Throws<ModelLoadException>(() => GgufFile.Open(path));
        Assert.Equal(field, exception.Field);
        Assert.Contains(reason, exception.Reason, StringComparison.Ordinal);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }
}
