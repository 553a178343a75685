using System.IO.Compression;
using System.Text.Json;

using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Replay;

/// <summary>LLMRouter's questions (github ulab-uiuc/LLMRouter, data/dcrouter_preprocessed), scored for nine models.</summary>
/// <param name="Models">The pool, by name.</param>
/// <param name="Train">Questions whose scores may be learnt from.</param>
/// <param name="Test">Questions that are not in <paramref name="Train"/>.</param>
/// <param name="Duplicates">Test questions that were left out because they are also in train.</param>
internal sealed record LlmRouterFiles(
    IReadOnlyList<string> Models, IReadOnlyList<RoutedQuestion> Train, IReadOnlyList<RoutedQuestion> Test, int Duplicates)
{
    public static LlmRouterFiles Read(string folder)
    {
        string trainPath = ReplayData.File(folder, "dcrouter_train.json.gz");
        string testPath = ReplayData.File(folder, "dcrouter_test.json.gz");
        List<string> models = [];
        List<RoutedQuestion> train = ReadFile(trainPath, models);
        List<RoutedQuestion> test = ReadFile(testPath, models);
        HashSet<string> known = [.. train.Select(question => question.Text)];
        RoutedQuestion[] fresh = [.. test.Where(question => !known.Contains(question.Text))];
        return new(models, train, fresh, test.Count - fresh.Length);
    }

    /// <summary>The first question of the first file decides the pool and its order.</summary>
    private static List<RoutedQuestion> ReadFile(string path, List<string> models)
    {
        List<RoutedQuestion> questions = [];
        try
        {
            using GZipStream data = new(File.OpenRead(path), CompressionMode.Decompress);
            using JsonDocument document = JsonDocument.Parse(data);
            foreach (JsonElement row in document.RootElement.EnumerateArray())
            {
                JsonElement scores = row.GetProperty("scores");
                if (models.Count == 0)
                    models.AddRange(scores.EnumerateObject().Select(score => score.Name).Order(StringComparer.Ordinal));
                questions.Add(new(
                    row.GetProperty("question").GetString() ?? "",
                    [.. models.Select(model => scores.GetProperty(model).GetDouble())]));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DataFileException(path, null, $"question {questions.Count}", e.Message);
        }

        return questions;
    }
}

/// <summary>A question with the score of every model of a pool.</summary>
/// <param name="Text">The question.</param>
/// <param name="Scores">0 to 1, in the order of the pool.</param>
internal sealed record RoutedQuestion(string Text, IReadOnlyList<double> Scores);
