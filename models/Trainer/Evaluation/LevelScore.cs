using System.Text.Json.Serialization;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>How many questions of one level of a family were answered exactly right.</summary>
/// <param name="Topic">The family's topic.</param>
/// <param name="Family">The family.</param>
/// <param name="Level">The level, from 1.</param>
/// <param name="Questions">Questions asked.</param>
/// <param name="Right">Answers equal to the right one, character by character.</param>
internal sealed record LevelScore(string Topic, string Family, int Level, int Questions, int Right)
{
    /// <summary>The share of right answers.</summary>
    [JsonIgnore]
    public double Accuracy => Right / (double)Questions;
}
