using System.Globalization;

using CascadeLocal.TokenizerDifferential;

// native FILE                             serves llama.cpp's tokenizer of a file
// compare PACKAGES TEXTS [KIND ...]       compares ids on so many random texts of each kind
// mixtures PACKAGES TEXTS [KIND ...]      compares and times so many mixtures of runs
// torture PACKAGES MEGABYTES [KIND ...]   times runs of each class of characters
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["native", string path]:
        NativeTokenizer.Serve(path);
        return 0;
    case ["compare", string packages, string count, .. string[] kinds]:
        return Comparison.OfShortTexts(packages, int.Parse(count, CultureInfo.InvariantCulture), kinds) ? 0 : 1;
    case ["mixtures", string packages, string count, .. string[] kinds]:
        return Comparison.OfMixtures(packages, int.Parse(count, CultureInfo.InvariantCulture), kinds) ? 0 : 1;
    case ["torture", string packages, string megabytes, .. string[] kinds]:
        Torture.Run(packages, double.Parse(megabytes, CultureInfo.InvariantCulture), kinds);
        return 0;
    default:
        Console.Error.WriteLine("compare PACKAGES TEXTS [KIND ...] | mixtures PACKAGES TEXTS [KIND ...] | torture PACKAGES MEGABYTES [KIND ...]");
        return 2;
}
