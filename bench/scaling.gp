# Draws scaling.tsv (bench/scaling) as scaling.png: gnuplot scaling.gp in its directory.
set terminal pngcairo size 1000,640 font "DejaVu Sans,11" background rgb "white" linewidth 1.2
set output "scaling.png"
set border 15 lw 1 lc rgb "#333333"
set tics nomirror scale 0.6 textcolor rgb "#333333"
set grid lw 0.5 lc rgb "#dddddd"
set key opaque box lw 0.5 lc rgb "#cccccc" samplen 2 spacing 1.1 noenhanced top left
set linetype 1 lc rgb "#1f77b4" lw 1.5 pt 7
set linetype 2 lc rgb "#ff7f0e" lw 1.5 pt 5
set linetype 3 lc rgb "#2ca02c" lw 1.5 dt 2

is(sweep, variant, y) = strcol(1) eq sweep && strcol(2) eq variant ? y : NaN
set datafile missing NaN
set multiplot layout 2,2 margins 0.08,0.98,0.09,0.95 spacing 0.09,0.13

set logscale x
set format x "10^{%L}"
set xrange [700:1.5e7]
set xlabel "points (16 components, 8 dimensions)"
set ylabel "ns per point"
set yrange [0:*]
plot "scaling.tsv" skip 1 using 3:(is("points", "wick_compiled", $6)) with linespoints lt 1 \
         title "wick_compiled", \
     "" skip 1 using 3:(is("points", "limit", $6)) with linespoints lt 2 title "limit"

set logscale x 2
set logscale y
set format x "%.0f"
set xrange [1.8:72]
set yrange [*:*]
set xlabel "components (100,000 points, 8 dimensions)"
plot "scaling.tsv" skip 1 using 4:(is("components", "wick_compiled", $6)) with linespoints lt 1 \
         title "wick_compiled"

set logscale x 10
set format x "10^{%L}"
set xrange [700:1.5e7]
set xlabel "points (16 components, 8 dimensions)"
set ylabel "peak memory, MiB"
plot "scaling.tsv" skip 1 using 3:(is("points", "wick_compiled", $7 / 1024)) with linespoints \
         lt 1 title "wick_compiled", \
     "" skip 1 using 3:(is("points", "wick_compiled", $8 / 1024)) with lines lt 3 \
         title "the data alone"

set logscale x 2
unset logscale y
set xrange [1.8:72]
set yrange [0:*]
set format x "%.0f"
set key bottom right
set xlabel "components (100,000 points, 8 dimensions)"
plot "scaling.tsv" skip 1 using 4:(is("components", "wick_compiled", $7 / 1024)) with linespoints \
         lt 1 title "wick_compiled", \
     "" skip 1 using 4:(is("components", "wick_compiled", $8 / 1024)) with lines lt 3 \
         title "the data alone"
unset multiplot
