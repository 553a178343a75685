using CascadeLocal.Calibration.Queries;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Configuration;

namespace CascadeLocal.Cli.Commands;

/// <summary>Vectors of texts for a command, with the name of who made them.</summary>
/// <param name="Vectors">One for each text.</param>
/// <param name="Embedder">Who made them.</param>
internal sealed record EmbeddedTexts(PointSet Vectors, PolicyEmbedder Embedder)
{
    /// <summary>Embeds texts.</summary>
    /// <param name="data">Where they are from; their vectors are kept beside it.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="encoder">A HuggingFace folder, or null for the configured encoder.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="CommandFailedException">The encoder cannot be loaded, or vectors cannot be kept.</exception>
    /// <exception cref="ConfigurationException">The configuration, or the encoder that it names, cannot be used.</exception>
    public static async Task<EmbeddedTexts> OfAsync(
        string data, IReadOnlyList<string> texts, string? encoder, CancellationToken cancellationToken)
    {
        try
        {
            using TextEmbedder embedder = TextEmbedder.Load(ConfigurationLoader.LoadEmbedder(encoder));
            PointSet vectors = await StageProgress.RunAsync("Embedding", progress => VectorFolder.EmbedAsync(
                data, texts, embedder, new Progress<int>(done => progress.Report((double)done / texts.Count)), cancellationToken));
            return new(vectors, new PolicyEmbedder(embedder.Name, embedder.Fingerprint, embedder.Dimensions));
        }
        catch (Exception e) when (e is EmbeddingException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(e.Message);
        }
    }
}
