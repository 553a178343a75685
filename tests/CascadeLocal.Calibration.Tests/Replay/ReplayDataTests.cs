using System.IO.Compression;

using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Replay;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Replay;

/// <summary>Where published data is looked for, and what is said of files that are not as they should be.</summary>
public sealed class ReplayDataTests : IDisposable
{
    private const string Header =
        "prompt,mistralai/Mixtral-8x7B-Instruct-v0.1,gpt-4-1106-preview,mistralai/Mixtral-8x7B-Instruct-v0.1_response,gpt-4-1106-preview_response\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-replay-data-");

    [Fact]
    public void Data_is_found_beside_any_folder_above()
    {
        string data = _folder.CreateSubdirectory("shared/data").FullName;
        string start = _folder.CreateSubdirectory("checkout/bin/deep").FullName;

        Assert.Equal(data, ReplayData.Folder(null, start));
    }

    [Fact]
    public void Without_data_the_error_says_what_to_download()
    {
        // Whatever lies beside the machine's temporary folder.
        string checkout = _folder.CreateSubdirectory("work/checkout/.git").Parent!.FullName;
        foreach (Action action in (Action[])[() => ReplayData.Folder(null, checkout), () => RouteLlmFiles.ReadGsm8k(_folder.FullName)])
            Assert.Contains("lm-sys/RouteLLM", Assert.Throws<DataFileException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_named_and_not_there_is_an_error() =>
        Assert.Throws<DataFileException>(() => ReplayData.Folder(Path.Combine(_folder.FullName, "none"), _folder.FullName));

    [Fact]
    public void Quoted_answers_keep_their_lines_and_contaminated_questions_go()
    {
        Write(Header + "\"How many, \"\"all\"\" told?\",True,False,\"1 + 1 = 2\n#### 2\n\",two\nknown,False,True,a,b\n", "{\"eval_prompt\":\"known\"}\n");

        PairQuestion question = Assert.Single(RouteLlmFiles.ReadGsm8k(_folder.FullName));
        Assert.Equal(new("How many, \"all\" told?", WeakRight: true, StrongRight: false, "1 + 1 = 2\n#### 2\n"), question);
        Assert.Equal(-1, question.Gain);
    }

    [Fact]
    public void A_label_that_is_no_label_is_named()
    {
        Write(Header + "one,True,True,a,b\ntwo,perhaps,True,a,b\n", "");

        DataFileException error = Assert.Throws<DataFileException>(() => RouteLlmFiles.ReadGsm8k(_folder.FullName));
        Assert.Equal(3, error.Line);
        Assert.Contains("perhaps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        Write("prompt,gpt-4-1106-preview\none,True\n", "");

        Assert.Contains("Mixtral", Assert.Throws<DataFileException>(() => RouteLlmFiles.ReadGsm8k(_folder.FullName)).Field, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string csv, string contaminated)
    {
        using (GZipStream file = new(File.Create(Path.Combine(_folder.FullName, "gsm8k_responses.csv.gz")), CompressionLevel.Fastest))
        using (StreamWriter writer = new(file))
            writer.Write(csv);
        File.WriteAllText(Path.Combine(_folder.FullName, "gsm8k_contaminated_prompts.jsonl"), contaminated);
    }
}
