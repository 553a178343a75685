using System.Net.Http.Json;
using System.Text.Json;

using CascadeLocal.Engine;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The program with a libllama of its own in place of the one that ships: a copy of that, sound or spoiled.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class NativeLibraryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cascade-test-").FullName;

    private string Library => Path.Combine(_folder, "libllama.so");

    private string Configuration => Path.Combine(_folder, "cascade.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_configuration_names_it_and_models_says_so()
    {
        CascadeProcess.RequireProgramAndTier();
        Copy();

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync("models", "--config", Configuration, "--json");

        Assert.True(exitCode == 0, errors);
        using JsonDocument models = JsonDocument.Parse(output);
        Assert.Equal(Library, models.RootElement.GetProperty("llama").GetProperty("library").GetString());
        Assert.Equal("own build", models.RootElement.GetProperty("llama").GetProperty("backend").GetString());
        (_, output, _) = await CascadeProcess.RunAsync("models", "--config", Configuration);
        Assert.Contains($"llama.cpp: own build, {Library}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_names_it_and_it_answers()
    {
        CascadeProcess.RequireProgramAndTier();
        Copy();

        await using CascadeProcess server = await CascadeProcess.ServeAsync([("CASCADE_LLAMA", Library)]);

        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), new { model = "base", messages = new[] { new { role = "user", content = "What is 40 + 2?" } } },
            TestContext.Current.CancellationToken);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("42", answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Contains(server.Log, line => line.Contains($"llama.cpp: own build, {Library}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_ends_its_process_does_not_end_the_program()
    {
        CascadeProcess.RequireProgramAndTier();
        Copy();
        byte[] bytes = await File.ReadAllBytesAsync(Library, TestContext.Current.CancellationToken);
        // The function that the linker calls first: endbr64, sub rsp 8, mov rax. In its place an instruction that no CPU has.
        ReadOnlySpan<byte> first = [0xF3, 0x0F, 0x1E, 0xFA, 0x48, 0x83, 0xEC, 0x08, 0x48, 0x8B, 0x05];
        int start = bytes.AsSpan().IndexOf(first);
        bytes[start] = 0x0F;
        bytes[start + 1] = 0x0B;
        await File.WriteAllBytesAsync(Library, bytes, TestContext.Current.CancellationToken);

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync("models", "--config", Configuration, "--json");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal($"native_library: {Library} failed its trial: it uses instructions that this CPU lacks (SIGILL): it was built for another one.", errors.Trim());
    }

    [Fact]
    public async Task One_that_is_none_ends_the_start_with_the_reason()
    {
        CascadeProcess.RequireProgramAndTier();
        Copy();
        await File.WriteAllTextAsync(Library, new string('x', 100), TestContext.Current.CancellationToken);

        (int exitCode, _, string errors) = await CascadeProcess.RunAsync("serve", "--port", "0", "--config", Configuration);

        Assert.Equal(2, exitCode);
        Assert.Equal($"native_library: {Library} is no shared library: it does not begin as an ELF file does.", errors.Trim());
    }

    /// <summary>The library that ships and what it needs, and a configuration that names it.</summary>
    private void Copy()
    {
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(LlamaLibrary.Shipped)!))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        File.WriteAllText(Configuration, """{"native_library": "libllama.so"}""");
    }
}
