using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Replay;

/// <summary>Where the published data sets are.</summary>
public static class ReplayData
{
    /// <summary>
    /// The folder with the data sets: the one that is named, else <c>shared/data</c> in the folder or any folder above it,
    /// up to the one that a checkout lies in.
    /// </summary>
    /// <exception cref="DataFileException">There is none; the message says what to download.</exception>
    public static string Folder(string? named, string start)
    {
        if (named is not null)
            return Directory.Exists(named) ? named : throw new DataFileException(named, null, "", "there is no such folder");
        bool isBesideCheckout = false;
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
            if (isBesideCheckout)
                break;
            isBesideCheckout = Path.Exists(Path.Combine(folder.FullName, ".git"));
        }

        throw new DataFileException("shared/data", null, "", $"there is no such folder beside {start}; name one with --data. {WhatToDownload}");
    }

    /// <summary>A file of a data set.</summary>
    /// <exception cref="DataFileException">It is not there; the message says what to download.</exception>
    internal static string File(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return System.IO.File.Exists(path) ? path : throw new DataFileException(path, null, "", $"there is no such file. {WhatToDownload}");
    }

    private const string WhatToDownload = """
        Needed are, from github lm-sys/RouteLLM, routellm/evals: routellm/gsm8k_responses.csv.gz, routellm/mmlu_responses.tar.gz (the folder mmlu/responses) and routellm/{gsm8k,mmlu}_contaminated_prompts.jsonl; from github ulab-uiuc/LLMRouter, data/dcrouter_preprocessed: llmrouter/dcrouter_train.json.gz and llmrouter/dcrouter_test.json.gz. docs/replay.md has the commands.
        """;
}
